// The stand-in's subscribers: settings, calls seen, reports, redress. Invented people, numbers of no meaning.
const R = {
  pool: { name: 'LINE_FRESH_POOL', zh: '同一外呼设备几乎每次呼叫都换新号码', en: 'One dialler shows a new number on nearly every call', weight: 2.4 },
  ring: { name: 'RING_ATOM', zh: '未接呼叫总在相同振铃时长后挂断', en: 'Unanswered calls are dropped after exactly the same ring time', weight: 0.71 },
  fresh: { name: 'NUMBER_FRESH', zh: '今天之前从未见过该号码', en: 'The number was never seen before today', weight: 0.7 },
  trunk: { name: 'FOREIGN_TRUNK', zh: '该号段的来电通常不从这条中继进入', en: 'Calls of this number’s block do not usually come in by this trunk', weight: 0.5 },
  fan: { name: 'FANOUT_HOUR', zh: '一小时内呼叫了数十名陌生人', en: 'Called dozens of strangers within an hour', weight: 2.2 },
  complaints: { name: 'COMPLAINTS', zh: '该号码被多人举报', en: 'People reported this number', weight: 3 },
  short: { name: 'SHORT_TALK', zh: '接通后多在6秒内挂断', en: 'Most answered calls end within 6 seconds', weight: 1.6 },
  back: { name: 'CALLED_BACK', zh: '人们会回拨该号码', en: 'People call this number back', weight: -2.2 },
  abroad: { name: 'FOREIGN', zh: '来电来自境外', en: 'The call comes from another country', weight: 0.5 },
};
export const REASONS = R;
export const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
const S = {
  campaign: { zh: '拨号器正用一批不断更换的号码，给您和许多陌生人推销贷款。', en: 'A dialler with ever-changing numbers is selling loans to you and many strangers.' },
  label: { zh: '这个号码今天给许多陌生人打过电话，多数人接通后很快挂断。', en: 'Today this number called many strangers, and most of them hung up at once.' },
  screen: { zh: '陌生号码，来路不太寻常，先替您问清来意。', en: 'A number nobody knows, by an unusual way; it was asked what it is about.' },
  fraud: { zh: '境外来电，冒充本地号码，被多人举报。', en: 'A call from abroad that poses as a local number and was reported by many.' },
  hours: { zh: '您设定了 22:00 到 07:00 不接陌生来电。', en: 'You chose not to be called by strangers from 22:00 to 07:00.' },
  allow: { zh: '没有发现骚扰的迹象，照常接通。', en: 'Nothing speaks for a nuisance call; it rang as usual.' },
};
function calls() {
  const row = (n, minutes, caller, region, operator, action, category, probability, sentence, reasons, campaign = null) =>
    ({ token: `06C4BAMH4B8G09FAWH8KWF${n}`, time: ago(minutes), caller, display: '', region, operator, action, category, probability, sentence, reasons, campaign, said: null, report: null, effect: null });
  return [
    row('KAG1', 34, '+8617780082351', '51', '中国电信', 'block', 'loan', 0.97, S.campaign, [R.pool, R.ring, R.fresh, R.trunk], '4a1f6b2233c0d901'),
    row('KAG2', 190, '+8613058204417', '44', '中国联通', 'label', 'renovation', 0.78, S.label, [R.fan, R.short, R.fresh]),
    row('KAG3', 415, '+862161990111', '31', '中国电信', 'screen', 'education', 0.71, S.screen, [R.fresh, R.trunk]),
    row('KAG4', 600, '+447700900123', '00', '', 'block', 'fraud', 0.99, S.fraud, [R.abroad, R.complaints]),
    row('KAG5', 1980, null, '', '', 'block', 'unknown', 0.62, S.hours, []),
    row('KAG6', 3120, '+8617191870031', '41', '中国移动', 'label', 'property', 0.74, S.label, [R.fan, R.fresh]),
    row('KAG7', 52, '+8613912345678', '32', '中国移动', 'allow', 'person', 0.03, S.allow, [R.back]),
    row('KAG8', 260, '+864008123456', '', '', 'allow', 'automated', 0.08, S.allow, [R.back]),
  ].sort((a, b) => (a.time < b.time ? 1 : -1));
}
const DEFAULTS = () => ({
  on: true, level: 'standard',
  categories: { loan: 'block', debt: 'default', property: 'default', renovation: 'default', education: 'label', insurance: 'default', medical: 'default', stocks: 'block', marketing: 'default', fraud: 'block', automated: 'pass' },
  hours: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '22:00', to: '07:00', do: 'block' }], ranges: [{ prefix: '+86400', do: 'label' }], regions: [{ region: '00', do: 'block' }],
  contacts: [{ number: '+8613912345678', name: '妈妈' }], blocked: [], expecting: [], language: 'zh', version: 7, updated: ago(4000),
});

export function makePeople(Refusal) {
  const kept = new Map(), gone = new Set();
  let counter = 123;
  const asked = new Map([['REDRESSWAITING', 'waiting'], ['REDRESSGRANTED', 'granted'], ['REDRESSREFUSED', 'refused']]);
  const of = (number) => {
    if (!kept.has(number)) kept.set(number, { settings: DEFAULTS(), calls: calls(), reports: [], looks: [{ time: ago(2900), who: '周敏', role: 'agent', what: '查看来电（用户来电咨询）' }] });
    return kept.get(number);
  };
  function report(person, call, verdict) {
    const made = { id: `00000000000${++counter}`.slice(-16).padStart(16, '0'), number: `R26-000${counter}`, time: new Date().toISOString(), state: 'new', verdict, category: call.category, words: '', token: call.token,
      proof: { segment: '00-000000000012.anj', offset: 88064, record: '9f2c61b0…', chain: 'c1ab5de07741…' }, history: [{ time: new Date().toISOString(), state: 'new', zh: '收到您的举报', en: 'We have your report' }] };
    if (call.campaign) { made.state = 'joined'; made.history.push({ time: new Date().toISOString(), state: 'joined', zh: '归入一个已知的骚扰团伙，一并处理', en: 'Joined to a campaign that is known already' }); }
    person.reports.unshift(made);
    return made;
  }
  function mine(method, rest, body, query, headers, person, number) {
    const key = `${method} ${rest[0]}`;
    if (key === 'GET settings') return person.settings;
    if (key === 'PUT settings') {
      if (headers['if-match'] && Number(headers['if-match'].replaceAll('"', '')) !== person.settings.version) throw new Refusal(409, 'the settings have changed');
      person.settings = { ...person.settings, ...body, version: person.settings.version + 1, updated: new Date().toISOString() };
      return person.settings;
    }
    if (key === 'POST expecting') {
      const entry = { id: `${Date.now()}`, kind: body.kind, until: new Date(Date.now() + body.hours * 3_600_000).toISOString(), words: body.words };
      person.settings.expecting.push(entry);
      person.settings.version += 1;
      return entry;
    }
    if (key === 'DELETE expecting') { person.settings.expecting = person.settings.expecting.filter((entry) => entry.id !== rest[1]); person.settings.version += 1; return {}; }
    if (key === 'GET calls') {
      const all = person.calls.filter((call) => query.only === 'all' || call.action !== 'allow'), from = Number(query.cursor ?? 0), limit = Number(query.limit ?? 50);
      return { items: all.slice(from, from + limit), ...(from + limit < all.length ? { next: String(from + limit) } : {}) };
    }
    if (key === 'POST calls') {
      const call = person.calls.find((one) => one.token === rest[1]);
      if (!call) throw new Refusal(404, 'no such call');
      const made = report(person, call, body.verdict);
      Object.assign(call, { said: body.verdict, report: made.id, effect: body.verdict === 'unwanted' ? { zh: '这个号码不会再打扰您，也会帮到别人。', en: 'This number will not bother you again, and others are helped too.' } : { zh: '下次这个号码会照常响铃。', en: 'Next time this number rings as usual.' } });
      return { report: made, effect: call.effect };
    }
    if (key === 'GET reports') return { items: person.reports };
    if (key === 'GET data') return { number, ...person };
    if (key === 'DELETE data') { kept.delete(number); gone.add(number); return {}; }
    if (key === 'GET looks') return { items: person.looks };
    return undefined;
  }
  const redressRow = (token) => ({ number: '+86138****1234', time: ago(85), action: 'block', reasons: [R.fan, R.fresh, R.trunk], until: new Date(Date.now() + 6 * 86_400_000).toISOString(), state: asked.get(token) ?? 'none', clock: new Date(Date.now() + 20 * 3_600_000).toISOString(), proved: false });
  return {
    of,
    handle(method, parts, body, query, session, headers) {
      if (parts[0] === 'subscribers' && parts.length === 1 && method === 'GET') return { items: [...new Set(['+8613800138000', ...kept.keys()])].filter((number) => number.includes((query.q ?? query.number ?? '').replace('+', ''))).map((number) => ({ number, on: of(number).settings.on, level: of(number).settings.level, since: ago(40000) })) };
      if (parts[0] === 'subscribers' && parts.length === 1 && method === 'POST') return { number: body.number, on: true };
      if (parts[0] === 'subscribers' && parts.length === 2 && method === 'DELETE') { of(parts[1]).settings.on = false; return {}; }
      if (parts[0] === 'subscribers') {
        const foreign = parts[1] !== 'me', number = foreign ? parts[1] : session.user.number;
        if (!number || (foreign && session.user.role === 'subscriber')) throw new Refusal(404, 'no such subscriber');
        const person = of(number);
        if (foreign) person.looks.unshift({ time: new Date().toISOString(), who: session.user.name, role: session.user.role, what: parts[2] });
        return mine(method, parts.slice(2), body, query, headers, person, number);
      }
      if (parts[0] === 'reports') {
        const found = of(session.user.number).reports.find((one) => one.id === parts[1]);
        if (!found) throw new Refusal(404, 'no such report');
        if (method === 'PATCH') Object.assign(found, body);
        return found;
      }
      return undefined;
    },
    redress(method, parts, body) {
      const [, token, act] = parts;
      if (!token.startsWith('REDRESS')) throw new Refusal(404, 'no such token');
      if (method === 'GET') return redressRow(token);
      if (act === 'code') return {};
      if (act === 'proof') { if (body.code !== '123456') throw new Refusal(400, 'wrong code', 'bad_code'); return { proved: true }; }
      asked.set(token, 'waiting');
      return { id: '0000000000000041', state: 'waiting' };
    },
  };
}
