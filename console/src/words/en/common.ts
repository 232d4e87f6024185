export default {
  name: 'Anning',
  motto: 'The calls you want ring. The others stay quiet.',
  action: { allow: 'Allowed', label: 'Labelled', screen: 'Screened', block: 'Blocked' },
  category: {
    unknown: 'Unknown', loan: 'Loans', debt: 'Debt collection', property: 'Property', renovation: 'Renovation', education: 'Courses',
    insurance: 'Insurance', medical: 'Clinics', stocks: 'Stock tips', marketing: 'Other marketing', fraud: 'Suspected fraud', automated: 'Automated service', person: 'Person',
  },
  level: { loose: 'Loose', standard: 'Standard', strict: 'Strict' },
  role: { subscriber: 'Subscriber', agent: 'Agent', operator: 'Operator', auditor: 'Auditor', authority: 'Authority', admin: 'Administrator' },
  redressState: { none: 'Not objected', waiting: 'Waiting', granted: 'Granted', refused: 'Refused' },
  reportState: { new: 'Received', joined: 'Joined', case: 'Case opened', closed: 'Closed' },
  said: { unwanted: 'Unwanted', wanted: 'Wanted' },
  do: {
    save: 'Save', cancel: 'Cancel', back: 'Back', ok: 'OK', add: 'Add', remove: 'Remove', retry: 'Try again', more: 'Show more', close: 'Close',
    next: 'Next', send: 'Send', copy: 'Copy', copied: 'Copied', edit: 'Edit', confirm: 'Confirm', search: 'Search', open: 'Open',
  },
  state: { loading: 'Loading…', saved: 'Saved', none: 'Nothing here yet', yes: 'yes', no: 'no' },
  look: { language: 'Language', theme: 'Appearance', system: 'As the system', light: 'Light', dark: 'Dark', toEnglish: 'English', toChinese: '中文' },
  fail: {
    unreachable: 'The server can’t be reached. Check your connection and try again.',
    busy: 'It is busy right now. Try again in {seconds} seconds.',
    forbidden: 'Your account may not do this.',
    missing: 'Not found. It may be gone, or the address is wrong.',
    changed: 'These settings were just changed elsewhere. You now see the newest; please make your change again.',
    other: 'That did not work: {why}',
  },
};
