// The console against a running anningd, filled by a morning of the range while calls go on: every page in both languages
// and sizes, each role, and the main acts. usage: real.mjs JSON, see tests/e2e/test_pages.py:
// {base, first, links: {login: link}, number, other, allowed: token of a call let through, code: [command that prints a sign-in code of the number behind it],
// texts: URL of the text gateway, pictures?: folder}. What needs care is in people.mjs and desk.mjs.
import { execFileSync } from 'node:child_process';
import { check, DESK, finish, looksRight, openPage, PASSWORD, PHONE, refused, settle, signInPerson, signInStaff, startBrowser } from './kit.mjs';
import { darkPages, keyboard, secondFactor, wrongSettings } from './desk.mjs';
import { ADMIN_PAGES, AUTHORITY_PAGES, OPEN_PAGES, OPERATOR_PAGES, PHONE_PAGES } from './pages.mjs';
import { byAction, noGateway, objectionWithoutCode, ownData, provedObjection, recording, renewed, serverAway, signingIn, standing } from './people.mjs';

const { base, first, links, number, other, allowed, code: codeCommand, texts, pictures } = JSON.parse(process.argv[2]);
const freshCode = async (whose) => execFileSync(codeCommand[0], [...codeCommand.slice(1), whose], { encoding: 'utf8' }).trim().split('\n')[0];
const code = () => freshCode(number);
/** The digits of the next text message to a number; asked for before it is sent. */
async function textTo(whose) {
  const where = `${texts}?to=${encodeURIComponent(whose)}`, count = async () => (await (await fetch(where)).json()).texts;
  const before = (await count()).length;
  for (let tries = 0; tries < 200; tries++) {
    const now = await count();
    if (now.length > before) return /(?:\d\D{0,3}){5}\d/.exec(now.at(-1))[0].replace(/\D/g, ''); // a spoken one comes digit by digit
    await new Promise((then) => setTimeout(then, 100));
  }
  throw new Error(`no text message to ${whose}`);
}
const browser = await startBrowser();
const shot = async (page, name) => { if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` }); };
const ask = (page, path) => page.evaluate(async (url) => (await fetch(url)).json(), path);
const SIZES = [[DESK, 'desk'], [PHONE, 'phone']];

const world = { browser, base, number, other, textTo, freshCode, ask, shot, walk };

async function walk(paths, { page, faults, go }, where, names) {
  for (const path of paths) {
    await go(path);
    await page.waitForTimeout(path.includes('live') ? 4000 : 200);
    await looksRight(`${where} ${path}`, page, faults);
    if (names) await shot(page, `${names}${path.replace(/[/?=]/g, '-').replace(/%2B/i, '')}`);
  }
}

/** The first administrator, and a password for each of the staff, by the one-time links. */
async function oneTimeLinks() {
  const { page, faults, context } = await openPage(browser, base, { size: DESK });
  const submit = async (link, values) => {
    await page.goto('about:blank');
    await page.goto(link);
    await settle(page);
    const fields = page.locator('form input');
    for (const [i, value] of values.entries()) await fields.nth(i).fill(value);
    await page.click('button[type=submit]');
    await page.waitForURL((url) => url.hash.startsWith('#/signin'));
  };
  await page.goto(first);
  await settle(page);
  await looksRight('the page of the first administrator', page, faults);
  await submit(first, ['root', 'Root', PASSWORD, PASSWORD]);
  for (const link of Object.values(links)) await submit(link, [PASSWORD, PASSWORD]);
  check('the first administrator and four of the staff have a password', faults.length === 0, faults.join('\n'));
  await context.close();
}

async function everyPage() {
  for (const language of ['zh', 'en']) {
    for (const [size, name] of SIZES) {
      const open = await openPage(browser, base, { language, size });
      await walk(OPEN_PAGES, open, `${language} ${name}`, `${language}-${name}`);
      await open.context.close();
      const staff = await openPage(browser, base, { language, size });
      await signInStaff(staff.page, staff.go, 'root');
      const { campaigns } = await ask(staff.page, '/v1/campaigns?limit=5'), { items } = await ask(staff.page, '/v1/trunks');
      const { items: cases } = await ask(staff.page, '/v1/cases?limit=1'), { items: calls } = await ask(staff.page, '/v1/review?limit=1');
      const more = [`/desk/campaigns/${campaigns[0].id}`, `/desk/numbers/${encodeURIComponent(number)}`, `/desk/subscribers/${encodeURIComponent(number)}`, `/desk/trunks/${items[0].name}`, ...cases.map((one) => `/authority/cases/${one.id}`), ...calls.map((one) => `/desk/calls/${one.token}`)];
      await walk([...OPERATOR_PAGES, ...ADMIN_PAGES, ...AUTHORITY_PAGES, ...more], staff, `${language} ${name}`, `${language}-${name}`);
      await staff.context.close();
      const person = await openPage(browser, base, { language, size });
      await signInPerson(person.page, person.go, number, code);
      await walk(PHONE_PAGES, person, `${language} ${name}`, `${language}-${name}`);
      await person.context.close();
    }
  }
}

/** What each role finds at home, and that the others' pages lead back there. */
async function roles() {
  const pages = { agent: OPERATOR_PAGES, operator: OPERATOR_PAGES, auditor: ['/desk/audit', '/desk/health', '/desk/account'], authority: AUTHORITY_PAGES };
  for (const [login, own] of Object.entries(pages)) {
    const open = await openPage(browser, base, { size: DESK, language: 'en' });
    await signInStaff(open.page, open.go, login);
    check(`${login}: home is ${new URL(open.page.url()).hash}`, own.includes(new URL(open.page.url()).hash.slice(1)));
    await walk(own, open, login);
    await open.go('/desk/users');
    check(`${login} does not get to the staff's accounts`, !open.page.url().includes('/desk/users'));
    check(`and is refused them by the server, too`, (await ask(open.page, '/v1/users')).error !== undefined);
    await open.context.close();
  }
}

async function personActs() {
  const { page, go, faults, context } = await openPage(browser, base);
  await signInPerson(page, go, number, code);
  await go('/me/calls');
  const card = page.locator('article.call').first(), token = await card.getAttribute('data-token');
  await card.getByRole('button', { name: '为什么' }).click();
  check('a call tells why', (await card.locator('.reasons').innerText()).length > 10);
  await card.getByRole('button', { name: '不想接' }).click();
  await card.locator('.effect').waitFor();
  const told = await card.locator('.effect').innerText();
  check('one tap reports it, and the effect is told', told.length > 20, told);
  await page.waitForTimeout(3000); // the list has been read again
  const all = await page.locator('article.call .effect').allInnerTexts(); // another call may be the first by now
  check('and stays told', all.includes(told), all.join('\n'));
  for (const n of [1, 2]) { // calls come in above meanwhile: those that nothing was said of, wherever they stand
    await page.locator('article.call:not(:has(.effect))').getByRole('button', { name: '想接到' }).first().click();
    await page.locator('article.call .effect').nth(n).waitFor();
  }
  check('and one tap each says that two others were wanted', true);
  await go('/me/reports');
  check('the report has a number', /R\d\d-\d+/.test(await page.locator('#app').innerText()));
  await go('/me');
  await page.getByRole('button', { name: '我在等…' }).click();
  await page.getByRole('radio', { name: '医院' }).click();
  await page.fill('#expect-words', '协和医院 <img src=x onerror=alert(1)>');
  await page.getByRole('button', { name: '开始放行' }).click();
  await page.locator('[data-test=expecting]').first().waitFor();
  check('"I am expecting" is in force, its words stay text', (await page.locator('[data-test=expecting] img').count()) === 0);
  await shot(page, 'act-expecting');
  const { expecting } = await ask(page, '/v1/subscribers/me/settings');
  check('and the door knows', expecting.length === 1 && new Date(expecting[0].until) > new Date());
  await page.getByRole('radio', { name: /严格/ }).click();
  await go('/me/settings/categories');
  await page.getByRole('radiogroup', { name: '装修' }).getByRole('radio', { name: '拦截' }).click();
  await page.waitForTimeout(400);
  const kept = await ask(page, '/v1/subscribers/me/settings');
  check('level and kind are kept', kept.level === 'strict' && kept.categories.renovation === 'block', JSON.stringify(kept));
  await byAction(page, go);
  await renewed(page, go);
  check('the person: nothing forbidden', faults.length === 0, faults.join('\n'));
  const { items } = await ask(page, '/v1/subscribers/me/calls?limit=50');
  await context.close();
  return { token, another: items.find((call) => call.caller && call.said === null && call.token !== token && call.caller !== items.find((one) => one.token === token)?.caller) };
}

/** Asks as a caller, is answered at the desk, and sees the answer. */
async function redress(token) {
  const caller = await openPage(browser, base);
  await caller.go(`/redress/${token}`);
  await looksRight('a caller asks why by the token of the answer', caller.page, caller.faults);
  await shot(caller.page, 'act-redress');
  await caller.page.locator('[data-step="2"] input').fill('office@example.org');
  await caller.page.locator('[data-step="2"] textarea').fill('我们是牙科诊所，来电提醒预约。');
  await caller.page.getByRole('button', { name: '提交' }).click();
  await caller.page.locator('.waiting').waitFor();
  check('an objection is in', true);
  const desk = await openPage(browser, base, { size: DESK });
  await signInStaff(desk.page, desk.go, 'agent');
  await desk.go('/desk/redress');
  check('the queue says whether the number was proved, and how much each reason weighed', (await desk.page.locator('article').first().innerText()).includes('还没有证实') && /[+-]\d/.test(await desk.page.locator('article details').first().innerText()));
  await looksRight('zh desk the queue with an objection', desk.page, desk.faults);
  await shot(desk.page, 'act-queue');
  await desk.page.locator('article').first().getByRole('button', { name: '同意，立即恢复' }).click();
  await desk.page.locator('.el-message-box textarea').fill('诊所的预约提醒，号码与病人核对过');
  await desk.page.getByRole('button', { name: '确认' }).click();
  await desk.page.waitForFunction(() => document.querySelectorAll('article').length === 0);
  await caller.page.reload();
  await settle(caller.page);
  const answer = await caller.page.locator('main').innerText();
  check('granted at the desk, the caller sees that first, and for which calls', (await caller.page.locator('.granted').count()) === 1 && (await caller.page.locator('h1').innerText()).includes('申诉成功') && answer.includes('线路') && !answer.includes('被拦截了'), answer);
  await looksRight('zh phone an objection that was granted', caller.page, caller.faults);
  await shot(caller.page, 'act-redress-granted');
  await caller.go(`/redress/${allowed}`); // the same tab: only the address changes
  await caller.page.getByText('这通电话没有被处理').waitFor();
  check('another token is another page; of a call that was let through it says so and takes no objection', (await caller.page.locator('.step, .granted').count()) === 0);
  await looksRight('zh phone a call that nothing was done to', caller.page, caller.faults);
  await shot(caller.page, 'act-redress-allowed');
  await desk.context.close();
  await caller.context.close();
}

async function campaignActs({ page, go }) {
  const { campaigns } = await ask(page, '/v1/campaigns?limit=5');
  const dialog = page.getByRole('dialog'), where = `/v1/campaigns/${campaigns[0].id}`;
  const act = async (button, fill, picture) => {
    await page.getByRole('button', { name: button, exact: true }).click();
    await fill?.();
    const before = await ask(page, where);
    check(`${button}: can't be done before its effect was seen`, (await dialog.locator('[data-do]').count()) === 0);
    await dialog.getByRole('button', { name: '先看影响' }).click();
    await dialog.locator('.effect').waitFor();
    check(`${button}: looking at the effect does nothing`, ((await ask(page, where)).state === 'released') === (before.state === 'released') && !(await dialog.locator('.effect').innerText()).includes('—'));
    if (picture) {
      await page.locator('.el-message').first().waitFor({ state: 'detached' });
      await shot(page, picture);
    }
    await dialog.locator('[data-do]').click();
    await dialog.waitFor({ state: 'hidden' });
  };
  await go(`/desk/campaigns/${campaigns[0].id}`);
  await act('命名', () => dialog.locator('input').first().fill('测试 <b>团伙</b>'));
  await page.waitForFunction(() => document.querySelector('h1')?.innerText.includes('<b>'));
  check('a campaign has a name, and what is in it stays text', (await page.locator('h1 b').count()) === 0);
  await act('命名', () => dialog.locator('input').first().fill('换号贷款'));
  await act('确认敌意', null, 'act-campaign-effect');
  await act('放行');
  await page.getByRole('button', { name: '收回放行' }).waitFor();
  await act('收回放行');
  check('confirmed, released, and taken back', (await ask(page, `/v1/campaigns/${campaigns[0].id}`)).state !== 'released');
  if (campaigns.length > 1) {
    await act('合并', () => dialog.locator('input').first().fill(String(campaigns[1].id)));
    check('merged', true);
  }
  await page.reload();
  await settle(page);
  const { cells } = await ask(page, `/v1/campaigns/${campaigns[0].id}`);
  if (cells.length > 1) {
    await act('拆分', () => dialog.locator('.el-radio').last().click());
    const { events } = await ask(page, where);
    check('split', events.some((one) => one.event === 'split'), JSON.stringify(events));
  }
}

async function operatorActs() {
  const open = await openPage(browser, base, { size: DESK }), { page, go, faults, context } = open;
  await signInStaff(page, go, 'operator');
  await page.waitForFunction(() => document.querySelectorAll('.tiles dd').length > 0 && document.querySelectorAll('tr[data-row]').length > 2, null, { timeout: 60_000 });
  check('the live page moves', true);
  await campaignActs(open);
  await go('/desk/review');
  const rows = await page.locator('tr[data-row]').count();
  if (rows > 0) await page.getByRole('button', { name: '其实正常' }).first().click();
  await page.waitForFunction((before) => before === 0 || document.querySelectorAll('tr[data-row]').length < before, rows);
  check(`a doubtful verdict is decided (${rows} of them)`, rows > 0);
  const { items: calls } = await ask(page, `/v1/subscribers/${encodeURIComponent(number)}/calls?limit=5`);
  const caller = calls.find((call) => call.caller).caller;
  await go(`/desk/numbers/${encodeURIComponent(caller)}`);
  await page.getByRole('button', { name: '标为骚扰' }).click();
  await page.locator('.el-message-box textarea').fill('用户来电投诉');
  await page.getByRole('button', { name: '确认' }).click();
  await page.locator('.el-message-box').waitFor({ state: 'hidden' });
  await page.locator('.el-message--success').first().waitFor();
  await page.getByRole('cell', { name: '用户来电投诉' }).first().waitFor();
  check('a number is labelled, and its page says by whom and why', true);
  const { items: granted } = await ask(page, '/v1/redress?state=granted');
  for (const [whose, word, why] of [[caller, '骚扰', '用户来电投诉'], [granted[0].number, '正常', '诊所的预约提醒']]) {
    await go('/desk/numbers');
    await go(`/desk/numbers/${encodeURIComponent(whose)}`);
    await page.locator('.whole').waitFor();
    check(`the server has the label, too, and in force it is: ${word}`, (await page.locator('.whole').innerText()).includes(word) && (await page.locator('main').innerText()).includes(why), await page.locator('.whole').innerText());
  }
  await page.keyboard.press('/');
  await page.keyboard.type(caller.replace('+86', ''));
  await page.locator('#hits li').first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.hash.startsWith('#/desk/numbers/'));
  check('/ finds a number', true);
  await wrongSettings(page, go);
  refused.length = 0;
  await go('/desk/dryrun');
  await page.getByRole('button', { name: /近 7 天/ }).first().click();
  await page.locator('button.run').click();
  await page.waitForFunction(() => document.querySelectorAll('.w7 table, .w7 .el-table, .w7 h2').length > 0, null, { timeout: 60_000 });
  check('a dry run tells what a change would have done', /\d/.test(await page.locator('.w7').innerText()));
  const examples = await page.getByRole('region', { name: '例子' }).locator('tbody tr').allInnerTexts();
  check('with calls as examples: when, who, whom', examples.length > 0 && examples.every((row) => /\d\d:\d\d/.test(row) && /\d{3} ?\d{4}|\*{4}/.test(row)), examples.join('\n'));
  await looksRight('zh desk a dry run that is done', page, faults);
  await shot(page, 'act-dryrun');
  check('the operator: nothing forbidden, nothing refused', faults.length + refused.length === 0, [...faults, ...refused].join('\n'));
  await context.close();
}

async function adminActs() {
  const { page, go, faults, context } = await openPage(browser, base, { size: DESK, language: 'en' });
  await signInStaff(page, go, 'root');
  const dialog = page.getByRole('dialog');
  await go('/desk/users');
  await page.getByRole('button', { name: 'Add a person' }).click();
  await dialog.locator('input').nth(0).fill('zhang.san');
  await dialog.locator('input').nth(1).fill('张三');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await dialog.locator('.link').waitFor();
  check('a new person gets a one-time link', (await dialog.locator('.link').innerText()).includes('#/password/'));
  await go('/desk/keys');
  await page.getByRole('button', { name: 'New key' }).click();
  await dialog.locator('input').first().fill('app');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await dialog.locator('.link').waitFor();
  check('a key is shown once', (await dialog.locator('.link').innerText()).startsWith('ak_'));
  await go('/desk/audit');
  check('the audit log has what was done', (await page.locator('tbody tr').count()) > 5);
  await go('/authority/cases');
  const { items } = await ask(page, '/v1/cases?limit=1');
  check('there is a case', items.length === 1);
  await go(`/authority/cases/${items[0].id}`);
  await page.locator('.states').getByText('Answered').click();
  await page.locator('textarea').fill('Answered by letter');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Answered by letter').first().waitFor();
  check('a case goes a step on', (await ask(page, `/v1/cases/${items[0].id}`)).state === 'answered');
  await go('/authority/exports');
  for (const kind of [/CSV/, /XLSX/]) {
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: kind }).first().click();
    check(`an export is saved: ${(await download).suggestedFilename()}`, (await (await download).failure()) === null);
  }
  check('the administrator: nothing forbidden', faults.length === 0, faults.join('\n'));
  await context.close();
}

/** Bytes over the wire with nothing cached: all pages of a person's visit; the operator's first page. */
async function weigh(name, limit, visit, size) {
  const { page, go, context } = await openPage(browser, base, { size });
  let bytes = 0;
  const client = await context.newCDPSession(page);
  await client.send('Network.enable');
  client.on('Network.loadingFinished', (event) => { bytes += event.encodedDataLength; });
  await visit(page, go);
  check(`${name}: ${(bytes / 1000).toFixed(0)} kB over the wire, below ${limit / 1000} kB`, bytes > 10_000 && bytes < limit);
  await context.close();
}
async function weights() {
  await weigh('signing in and the first page on a phone', 250_000, (page, go) => signInPerson(page, go, number, code), PHONE);
  await weigh('all pages on a phone', 300_000, async (page, go) => { await signInPerson(page, go, number, code); for (const path of PHONE_PAGES) await go(path); }, PHONE);
  await weigh('signing in and the live page at a desk', 700_000, (page, go) => signInStaff(page, go, 'operator'), DESK);
}

try {
  await oneTimeLinks();
  if (!process.env.ACTS_ONLY) {
    await everyPage();
    await roles();
    await darkPages(world);
  }
  await signingIn(world);
  await noGateway(world);
  await serverAway(world);
  await ownData(world);
  refused.length = 0; // wrong codes and stale settings are
  const { token, another } = await personActs();
  await recording(world);
  refused.length = 0;
  await redress(token);
  await objectionWithoutCode(world, another.token);
  await provedObjection(world, another.token, another.caller);
  await standing(world, another.caller);
  await secondFactor(world);
  await keyboard(world);
  refused.length = 0;
  await operatorActs();
  await adminActs();
  await weights();
} catch (error) { check('the run goes to its end', false, [error.stack, ...refused].join('\n')); }
await browser.close();
finish('the console on a running anningd');
