// The stand-in's desk and authority: a small network with four campaigns. Figures are invented.
import { ago, REASONS as R } from './people.mjs';

const TRUNKS = ['gw-guangzhou-2', 'reseller-hk', 'gw-beijing-1', 'gw-shanghai-1', 'gw-chengdu-1', 'sip-easytalk', 'gw-wuhan-1', 'virtual-170', 'gw-xian-1', 'intl-1'];
const CODES = '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 00'.split(' ');
const KINDS = ['loan', 'renovation', 'education', 'property', 'stocks', 'insurance'];
const wave = (n, base, swing) => Math.max(0, Math.round(base + swing * Math.sin(n / 3) + swing * 0.3 * Math.sin(n * 1.7)));
const token = (n) => `06C4BAMH4B8G09FAWH8KW${String(n).padStart(5, '0')}`;
const campaign = (id, name, state, category, calls, hostility, more = {}) => ({
  id, name, state, category, since: ago(4000), last: ago(1), hostile_since: state === 'hostile' ? ago(3400) : null, calls: calls * 3, numbers: Math.round(calls / 2.3), callees: Math.round(calls * 2.6), calls_1d: calls, hostility, confidence: 1 / (1 + Math.exp(-hostility)), trunk: 'reseller-hk', cells_count: 2,
  reports: 41, answered: 0.31, refused: 0.22, short_talks: 0.64, holes: 0.031, retries: 0.02, ring_s: 22.5, ring_share: 0.71, gap_s: 0.75, gap_share: 0.44,
  cells: [{ trunk: 'reseller-hk', shape: '9f2c61b07de0a413', calls_1d: calls * 0.8, share: 0.8, since: ago(4000), last: ago(1) }, { trunk: 'sip-easytalk', shape: '41d7c0aa91e2b6f0', calls_1d: calls * 0.2, share: 0.2, since: ago(1200), last: ago(3) }],
  events: [{ time: ago(4000), event: 'born' }, { time: ago(3400), event: 'hostile' }, { time: ago(1200), event: 'moved', trunk: 'sip-easytalk' }, { time: ago(700), event: 'took-in', other: 17 }],
  terms: [
    { name: 'judged', en: 'Its calls are judged unwanted by themselves', zh: '它的呼叫单独看也多是骚扰', value: 0.74, usual: 0.08, nats: 2.6 }, { name: 'rotation', en: 'Numbers new to it', zh: '几乎每次呼叫都换号', value: 0.43, usual: 0.05, nats: 1.29 },
    { name: 'holes', en: 'Dials numbers nobody owns', zh: '大量拨打空号', value: 0.031, usual: 0.004, nats: 1.64 }, { name: 'short', en: 'Answered and over within 6 s', zh: '接通后很快挂断', value: 0.64, usual: 0.18, nats: 1.01 }, { name: 'related', en: 'Called people know its numbers', zh: '被叫认识这些号码', value: 0.008, usual: 0.02, nats: -0.4 }, { name: 'start', en: 'Where every campaign starts', zh: '起点', value: 0, usual: 0, nats: -2.5 }],
  ...more,
});

export function makeDesk(Refusal, people) {
  const campaigns = [campaign(23, '换号贷款团伙（香港转接）', 'hostile', 'loan', 1840, 3.6), campaign(31, null, 'hostile', 'renovation', 620, 2.1, { parent: 23 }), campaign(17, '扫号器', 'hostile', 'stocks', 410, 1.4), campaign(40, null, 'suspect', 'education', 95, -0.6), campaign(8, '快递通知', 'released', 'automated', 2210, -1.2)];
  const users = [['0001', 'admin', '赵强', 'admin'], ['0002', 'li.wei', '李薇', 'operator'], ['0003', 'agent', '周敏', 'agent'], ['0004', 'auditor', '陈立', 'auditor'], ['0005', 'authority', '王芳', 'authority']].map(([id, login, name, role], i) => ({ id, login, name, role, disabled: false, created: ago(50000), last_seen: ago(10 + 50 * i) }));
  let keys = [{ id: '0a01', name: '手机管家查询', scopes: ['lookup'], created: ago(30000), last_used: ago(2) }];
  let review = [0, 1, 2, 3].map((n) => ({ token: token(700 + n), time: ago(30 + 47 * n), caller: `+861780082${2300 + n}`.slice(0, 14), action: ['block', 'label', 'label', 'allow'][n], category: KINDS[n], probability: [0.91, 0.66, 0.7, 0.28][n], kind: ['redress', 'people', 'shadow', 'people'][n], said: ['wanted', 'wanted', null, 'unwanted'][n], shadow: [0.31, 0.42, 0.12, 0.81][n], why: null }));
  let redress = [{ id: 'r1', token: token(801), number: '+8613812341234', time: ago(400), asked: ago(120), due: ago(-1320), state: 'waiting', proved: true, words: '我是顺丰快递员，每天要给几十个收件人打电话，今天全都打不通了，麻烦尽快处理。', contact: '138 1234 1234', reasons: [R.fan, R.fresh], campaign: null }, { id: 'r2', token: token(802), number: '+862161990111', time: ago(1500), asked: ago(1300), due: ago(-140), state: 'waiting', proved: false, words: 'We are a dental clinic; these were appointment reminders.', contact: 'office@example.org', reasons: [R.short, R.complaints], campaign: 40 }];
  const decided = [];
  const cases = [['c1', 'C26-0041', '换号贷款推销', 'loan', 'investigating'], ['c2', 'C26-0038', '装修公司扫号', 'renovation', 'open'], ['c3', 'C26-0029', '荐股群拉人', 'stocks', 'closed']].map(([id, number, title, category, state], i) => ({ id, number, title, category, state, network: ['香港转售', 'EasyTalk', '虚拟运营商'][i], firm: [null, '某装饰有限公司', null][i], opened: ago(9000 + 3000 * i), changed: ago(300 * (i + 1)), campaign: 23, reports: [0, 1, 2, 3].map((n) => ({ number: `R26-00010${n}`, time: ago(2000 + n), category, pseudonym: `P-7F${n}A-${id.toUpperCase()}` })), history: [{ time: ago(9000), state: 'open', zh: '举报达到立案数量', en: 'Enough reports came in' }, { time: ago(4000), state: 'investigating', words: '已函告转售企业', who: '王芳' }] }));
  const log = [0, 1, 2, 3, 4, 5].map((n) => ({ time: ago(20 + 190 * n), who: ['周敏', '李薇', '赵强'][n % 3], role: ['agent', 'operator', 'admin'][n % 3], what: ['查看用户来电', '团伙命名', '新建密钥', '查看用户设置', '同意申诉', '登录'][n], number: n % 3 === 0 ? '+8613800138000' : null }));
  const dryruns = new Map();
  const hours = (n, scale) => Array.from({ length: n }, (_, i) => ({ time: ago(60 * (n - i)), allow: wave(i, 9 * scale, 4 * scale), label: wave(i, scale, 0.6 * scale), screen: wave(i + 2, 0.3 * scale, 0.2 * scale), block: wave(i + 1, 0.8 * scale, 0.7 * scale) }));
  const trunk = (name, i) => ({ name, touched_s: 1, last: ago(0), calls_24h: 52000 - 4300 * i, calls_s: 12.4 - i, touched_24h: Math.round((52000 - 4300 * i) * [0.04, 0.46, 0.03, 0.05, 0.02, 0.33, 0.04, 0.21, 0.02, 0.12][i]), allow: 40000, label: 900 + 10 * i, screen: 120, block: 700 + 30 * i });
  const effect = { calls_24h: 1840, would_change: { 'allow>block': 12, 'label>block': 341 }, examples: [{ token: token(701) }, { token: token(702) }] };
  const liveCall = (n) => ({ token: token(n % 100000), time: new Date().toISOString(), caller: `+8617${String(700000000 + ((n * 7919) % 99999999)).slice(0, 9)}`, callee: '+86138****80', action: ['label', 'block', 'block', 'screen', 'label'][n % 5], category: KINDS[n % 6], region: CODES[(n * 7) % 34], trunk: TRUNKS[[1, 5, 7, 0][n % 4]], campaign: n % 3 ? null : 23 });
  const tick = (n) => ({ time: new Date().toISOString(), calls_s: wave(n, 128, 18), allow_s: wave(n, 112, 14), label_s: wave(n, 8, 4), screen_s: wave(n, 2, 1.5), block_s: wave(n + 1, 6, 5), lag_ms: 180 + ((n * 37) % 90), trunks: TRUNKS.map((name, i) => ({ name, calls_s: 24 - 2 * i + (n % 3), touched_s: [0.4, 9.2, 0.5, 0.6, 0.2, 4.1, 0.3, 2.2, 0.1, 1][i] })).sort((a, b) => b.calls_s - a.calls_s), regions: Object.fromEntries(CODES.map((code, i) => [code, { calls: wave(i * 3, 160, 130) + 4, touched: Math.round((wave(i * 3, 160, 130) + 4) * [0.03, 0.08, 0.02, 0.18, 0.04, 0.34, 0.01, 0.6][i % 8]) }])) });

  function ofCampaign(method, parts, body, query) {
    const found = campaigns.find((one) => String(one.id) === parts[1]);
    if (!found) throw new Refusal(404, 'no such campaign');
    const what = parts[2];
    if (method === 'POST') {
      if (query.dry) return effect;
      if (what === 'name') found.name = body.name;
      if (what === 'release') found.state = body.released ? 'released' : 'hostile';
      return found;
    }
    if (!what) return found;
    if (what === 'members') return { id: found.id, numbers: found.numbers, members: Array.from({ length: 8 }, (_, n) => ({ number: `+8617780082${300 + 7 * n}`, trunk: n % 3 ? 'reseller-hk' : 'sip-easytalk', calls: 3 + (n % 4), last: ago(2 + 5 * n) })) };
    if (what === 'timeline') return { items: hours(48, 8) };
    if (what === 'lineage') return { nodes: [{ id: 17, name: '扫号器', born: ago(5200), ended: ago(700), calls: 410 }, { id: 23, name: campaigns[0].name, born: ago(4000), calls: 5500 }, { id: 31, born: ago(1900), calls: 620 }], edges: [{ from: 17, to: 23, why: 'took-in' }, { from: 23, to: 31, why: 'split' }] };
    return { items: campaigns.filter((one) => one !== found).slice(0, 3) };
  }
  const dossier = (number) => ({ number, kind: 'mobile', operator: '中国电信', region: '51', standing: { state: 'block', zh: '正被拦截：属于已认定的团伙', en: 'Blocked: of a campaign that was found hostile' }, counters: { attempts_1h: 84, attempts_1d: 912, strangers_share: 0.98, answered: 0.31, refused: 0.24, short: 0.66, unallocated: 0.04, age_d: 2.1, called_back: 0 }, campaigns: [{ id: 23, name: campaigns[0].name, category: 'loan', state: 'hostile' }], labels: [{ time: ago(800), verdict: 'unwanted', category: 'loan', who: 'li.wei', why: 'R26-000104' }], calls: [0, 1, 2, 3, 4].map((n) => ({ token: token(600 + n), time: ago(5 + 13 * n), callee: `+86138****${10 + n}`, action: n === 4 ? 'label' : 'block', category: 'loan', probability: 0.97 - 0.05 * n, trunk: 'reseller-hk' })), reports: { unwanted: 7, wanted: 0 } });
  const explained = (id) => ({ token: id, time: ago(35), from: '+8617780082351', to: '+8618308410865', trunk: 'reseller-hk', action: 'block', score: 0.9731, category: 'loan', level: 'standard', rules: ['own_evidence'], campaign: 23, symbols: [R.pool, R.ring, R.fresh, R.trunk, R.back] });
  const health = { state: 'degraded', parts: [{ name: 'journal', state: 'good', zh: '记录正常写入', en: 'Records are being written' }, { name: 'texts', state: 'degraded', zh: '短信网关没有应答，验证码发不出去', en: 'The text gateway does not answer; codes can’t be sent', do_zh: '检查 texts.url 和网关的证书；呼叫不受影响。', do_en: 'Check texts.url and the gateway’s certificate; calls go on.' }, { name: 'model', state: 'good', zh: '模型已加载', en: 'The model is loaded' }, { name: 'store', state: 'good', zh: '数据库正常', en: 'The database answers' }, { name: 'campaigns', state: 'good', zh: '团伙识别跟得上', en: 'Campaigns keep up' }] };
  const models = { live: { name: 'default', version: '1979246891', trained: ago(20000), rows: 412000, figures: { auc: 0.981, brier: 0.031 } }, shadow: { name: 'candidate', version: '220813', trained: ago(3000), rows: 455000, figures: { auc: 0.984, brier: 0.029 } }, calibration: [0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95].map((p, i) => ({ predicted: p, actual: p + [0.01, -0.02, 0.03, 0.02, -0.03, 0.01, 0][i], n: 900 })), drift: [{ feature: 'score', psi: 0.04 }, { feature: 'number_strangers_1h', psi: 0.11 }, { feature: 'trunk_fresh_excess', psi: 0.29 }, { feature: 'line_gap_peak', psi: 0.02 }] };
  const complaints = () => ({ items: Array.from({ length: 9 }, (_, n) => ({ id: `x${n}`, report: `R26-0001${10 + n}`, time: ago(40 + 97 * n), category: KINDS[n % 6], network: ['香港转售', 'EasyTalk', '虚拟运营商'][n % 3], firm: n % 4 ? null : '某装饰有限公司', region: CODES[(n * 5) % 31], pseudonym: `P-7F${n}A-31C${n}`, state: ['new', 'joined', 'case'][n % 3], case: n % 3 === 2 ? 'c1' : null, words: n % 2 ? '' : '自称银行，问要不要贷款' })) });
  const statistics = (by) => ({ items: (by === 'category' ? KINDS : by === 'region' ? CODES.slice(0, 12) : ['香港转售', 'EasyTalk', '虚拟运营商', '本网']).map((key, n) => ({ key, reports: 1840 - 137 * n, calls: 9_200_000 - 310_000 * n, touched: 184_000 - 9100 * n })) });
  const fixed = { 'GET stats': () => ({ items: hours(24, 900) }), 'GET campaigns': (query) => ({ campaigns: campaigns.filter((one) => !query.state || one.state === query.state) }), 'GET trunks': () => ({ items: TRUNKS.map(trunk) }), 'GET health': () => health, 'GET models': () => models, 'GET review': () => ({ items: review }), 'GET users': () => ({ items: users }), 'GET keys': () => ({ items: keys }), 'GET complaints': complaints, 'GET statistics': (query) => statistics(query.by), 'GET cases': () => ({ items: cases }) };
  const STAFF = ['agent', 'operator', 'admin'];
  const allowed = { users: ['admin'], keys: ['admin'], audit: ['auditor', 'admin'], complaints: ['authority', 'admin'], statistics: ['authority', 'admin'], cases: ['authority', 'admin'], health: [...STAFF, 'auditor'] };
  return {
    handle(method, parts, body, query, session) {
      const [top, id] = parts, name = top.replace(/\.(csv|xlsx)$/, '');
      if (!(allowed[name] ?? STAFF).includes(session.user.role)) throw new Refusal(403, 'not for this role', 'forbidden');
      if (parts.length === 1 && fixed[`${method} ${top}`]) return fixed[`${method} ${top}`](query);
      if (top !== name) return new TextEncoder().encode('category,reports\r\nloan,1840\r\n');
      if (top === 'campaigns') return ofCampaign(method, parts, body, query);
      if (top === 'numbers') return dossier(id);
      if (top === 'explain') return explained(id);
      if (top === 'labels' && !body.why) throw new Refusal(400, 'label 0: field "why" has 0 bytes'); if (top === 'labels') return { accepted: 1 };
      if (top === 'trunks') { const i = TRUNKS.indexOf(id); if (i < 0) throw new Refusal(404, 'no such trunk'); return { ...trunk(id, i), fresh: 0.41, answered: 0.33, refused: 0.19, short: 0.52, holes: 0.02, hours: hours(24, 60).map(({ time, allow, block }) => ({ time, calls: allow + block, touched: block })), calls: [0, 1, 2].map((n) => ({ ...liveCall(n) })), shapes: [{ shape: '9f2c61b07de0a413', calls: 21000, share: 0.71 }, { shape: '41d7c0aa91e2b6f0', calls: 8600, share: 0.29 }], campaigns: campaigns.slice(0, 2) }; }
      if (top === 'review' && method === 'POST') { review = review.filter((one) => one.token !== id); return {}; }
      if (top === 'redress' && method === 'GET') return { items: (query.state === 'waiting' ? redress : decided.filter((one) => one.state === query.state)) };
      if (top === 'redress') { if (!body.words) throw new Refusal(400, 'words have to say why', 'invalid'); const found = redress.find((one) => one.token === id); redress = redress.filter((one) => one !== found); decided.push({ ...found, state: body.grant ? 'granted' : 'refused' }); return {}; }
      if (top === 'search') { const q = query.q; return { items: [...campaigns.filter((one) => (one.name ?? '').includes(q) || String(one.id) === q).map((one) => ({ kind: 'campaign', id: one.id, title: one.name ?? `团伙 ${one.id}`, link: `#/desk/campaigns/${one.id}` })), ...TRUNKS.filter((one) => one.includes(q)).map((one) => ({ kind: 'trunk', id: one, title: one })), ...(/^[0-9A-Z]{26}$/.test(q) ? [{ kind: 'token', id: q, title: q }] : [])] }; }
      if (top === 'dryrun' && method === 'POST') { if (/\bseverest\b/.test(body.settings)) throw new Refusal(400, 'policy.level: severest is none of loose, standard, strict', 'bad_settings'); dryruns.set('d1', 0); return { id: 'd1', state: 'running', progress: 0 }; }
      if (top === 'dryrun') { const n = dryruns.get(id) + 1; dryruns.set(id, n); return n < 2 ? { state: 'running', progress: n / 2 } : { state: 'done', progress: 1, calls: 482133, change: { allow: { allow: 440120, label: 2210, screen: 31, block: 9 }, label: { label: 21033, block: 1804 }, screen: { screen: 4100, block: 388 }, block: { block: 12438 } }, by_class: { loan: { 'label>block': 1210, 'allow>label': 402 }, education: { 'allow>label': 933 }, person: { 'allow>label': 41 } }, examples: [{ token: token(901), before: 'label', after: 'block', why: { zh: '严格档在概率 0.6 以上拦截', en: 'strict blocks from 0.6 on' } }, { token: token(902), before: 'allow', after: 'label', why: { zh: '严格档在概率 0.3 以上标记', en: 'strict labels from 0.3 on' } }] }; }
      if (top === 'audit') return { items: log.filter((one) => (!query.who || one.who.includes(query.who)) && (!query.number || one.number === query.number)) };
      if (top === 'users') { if (method === 'POST') { users.push({ id: `00${users.length + 1}`, ...body, disabled: false, created: ago(0), last_seen: null }); return { user: users.at(-1), link: 'http://127.0.0.1:8099/#/password/INVITE' }; } const found = users.find((one) => one.id === id); if (method === 'PATCH') return Object.assign(found, body); users.splice(users.indexOf(found), 1); return {}; }
      if (top === 'keys') { if (method === 'POST') { keys.push({ id: `0a0${keys.length + 1}`, ...body, created: ago(0), last_used: null }); return { ...keys.at(-1), key: 'ak_3m8Z6W0000G7Q2V5X9T4C1' }; } keys = keys.filter((one) => one.id !== id); return {}; }
      if (top === 'cases') { const found = cases.find((one) => one.id === id); if (!found) throw new Refusal(404, 'no such case'); if (method === 'PATCH') { found.state = body.state; found.note = body.note; found.history.push({ time: ago(0), state: body.state, words: body.note, who: session.user.name }); } return found; }
      return undefined;
    },
    live(request, response) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      let n = 0;
      const send = (event, data) => response.write(`id: ${n}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      for (let i = 120; i > 0; i--) send('tick', { ...tick(i), time: new Date(Date.now() - 1000 * i).toISOString() });
      for (let i = 0; i < 12; i++) send('call', liveCall(i));
      for (const one of campaigns.slice(0, 3)) send('campaign', { id: one.id, name: one.name, category: one.category, born: one.since });
      const timer = setInterval(() => { n += 1; send('tick', tick(n)); send('call', liveCall(n + 20)); }, 1000);
      request.on('close', () => clearInterval(timer));
    },
  };
}
