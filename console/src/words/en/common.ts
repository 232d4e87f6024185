export default {
  name: 'Anning',
  motto: 'The calls you want ring. The others stay quiet.',
  action: { allow: 'Allowed', label: 'Labelled', screen: 'Screened', block: 'Blocked' },
  category: {
    unknown: 'Unknown', loan: 'Loans', debt: 'Debt collection', property: 'Property', renovation: 'Renovation', education: 'Courses',
    insurance: 'Insurance', medical: 'Clinics', stocks: 'Stock tips', marketing: 'Other marketing', fraud: 'Suspected fraud', automated: 'Automated service', person: 'Person',
  },
  level: { loose: 'Loose', standard: 'Standard', strict: 'Strict' },
  // What the audit log and "who looked" say; src/api calls them so.
  act: { audit: { look: 'looked at the audit log' }, call: { explain: 'looked at why a call was judged so', say: 'said what a call was' }, calls: { look: 'looked at calls' }, campaign: { say: 'decided on a campaign' }, case: { change: 'worked on a case', look: 'looked at a case' }, cases: { export: 'exported cases' }, complaints: { add: 'entered complaints', look: 'looked at complaints' }, routes: { change: 'changed the routing' }, data: { erase: 'erased all data', export: 'took data along' }, key: { add: 'made a key', remove: 'removed a key' }, label: { say: 'labelled a number' }, looks: { look: 'looked at who looked' }, number: { look: 'looked at a number' }, password: { change: 'changed a password', link: 'set a password by link' }, redress: { grant: 'granted an objection', refuse: 'refused an objection' }, recording: { add: 'added a recording', listen: 'listened to a recording', remove: 'deleted a recording' }, report: { change: 'added to a report', look: 'looked at a report' }, reports: { look: 'looked at reports' }, review: { look: 'looked at the review list', say: 'reviewed a verdict' }, session: { begin: 'signed in', code: 'made a sign-in code', refused: 'was refused to sign in' }, settings: { change: 'changed settings', expect: 'expects a call', look: 'looked at settings', off: 'switched protection off', on: 'switched protection on' }, subscriber: { look: 'searched subscribers' }, totp: { off: 'switched one-time codes off', on: 'switched one-time codes on' }, trunk: { look: 'looked at a trunk' }, user: { add: 'added a person', change: 'changed a person', first: 'made the first administrator', remove: 'removed a person' } },
  who: { commandLine: 'The operator, at the command line', commandLineOf: 'The operator, at the command line ({user})' },
  role: { subscriber: 'Subscriber', agent: 'Agent', operator: 'Operator', auditor: 'Auditor', authority: 'Authority', admin: 'Administrator', key: 'API key', machine: 'Machine' },
  redressState: { none: 'Not objected', waiting: 'Waiting', granted: 'Granted', refused: 'Refused' },
  reportState: { new: 'Received', joined: 'Joined to a known campaign', case: 'Case opened', closed: 'Closed' },
  said: { unwanted: 'Unwanted', wanted: 'Wanted' },
  do: {
    save: 'Save', cancel: 'Cancel', back: 'Back', ok: 'OK', add: 'Add', remove: 'Remove', retry: 'Try again', more: 'Show more', close: 'Close',
    next: 'Next', send: 'Send', copy: 'Copy', copied: 'Copied', edit: 'Edit', confirm: 'Confirm', search: 'Search', open: 'Open',
  },
  state: { loading: 'Loading…', saved: 'Saved', none: 'Nothing here yet', yes: 'yes', no: 'no' },
  look: { language: 'Language', theme: 'Appearance', system: 'As the system', light: 'Light', dark: 'Dark', toEnglish: 'English', toChinese: '中文' },
  fail: {
    away: 'The server can\'t be reached.', awaySince: 'No answer since {time}; this page shows how things stood then. It is tried again.',
    unreachable: 'The server can\'t be reached. Check your connection and try again.',
    noGateway: 'This server can\'t send text messages. Ask your operator for a code.',
    busy: 'It is busy right now. Try again in {seconds} seconds.',
    forbidden: 'Your account may not do this.',
    missing: 'Not found. It may be gone, or the address is wrong.',
    changed: 'These settings were just changed elsewhere. You now see the newest; please make your change again.',
    other: 'That did not work: {why}',
  },
};
