// The careful acts of people on a running anningd: signing in by a text message, every form of the settings, settings
// changed in two places at once, all of one's data erased, a number proved by a code, how a number stands. `world` is
// real.mjs's: {browser, base, other, textTo, ask, shot, wait}.
import { check, looksRight, openPage, settle, signInPerson } from './kit.mjs';

const text = (page, selector) => page.locator(selector).first().innerText();
const WRONG = '000000';

/** Signing in with nothing but a text message, wrong ways first; out again, in the other language. */
export async function signingIn({ browser, base, other, textTo }) {
  const { page, go, context, faults } = await openPage(browser, base);
  await go('/me/calls');
  check('a page that needs a session leads to signing in', page.url().includes('#/signin'));
  await page.fill('#number', '12');
  await page.click('button[type=submit]');
  check('a number that is none is said to be none', (await text(page, '.fault')).includes('手机号'));
  const sent = textTo(other);
  await page.fill('#number', other.replace('+86', ''));
  await page.click('button[type=submit]');
  const code = await sent;
  await page.fill('#code', code === WRONG ? '111111' : WRONG);
  await page.click('button[type=submit]');
  check('a wrong code is said to be wrong', (await text(page, '.fault')).includes('验证码'));
  await page.fill('#code', code);
  await page.click('button[type=submit]');
  await page.waitForURL((url) => url.hash === '#/me/calls');
  check('the code of a text message signs in, to where one wanted to go', true);
  await go('/desk/live');
  check('a subscriber does not get to the desk', page.url().endsWith('#/me'));
  await page.getByRole('switch').click();
  await page.waitForSelector('.guard:not(.off)');
  check('and switches it on', true);
  await page.getByRole('switch').click();
  await page.locator('.van-dialog').getByRole('button', { name: '关闭守护' }).click();
  await page.waitForSelector('.guard.off');
  check('switching off asks first', true);
  await page.getByRole('switch').click();
  await page.waitForSelector('.guard:not(.off)');
  await go('/me/data');
  await page.getByRole('button', { name: '退出登录' }).click();
  await page.waitForURL((url) => url.hash.startsWith('#/signin'));
  await page.getByRole('button', { name: 'English' }).click();
  await page.waitForFunction(() => document.title === 'Sign in · Anning');
  await page.reload();
  await settle(page);
  check('signing out; another language, which is kept', (await page.title()) === 'Sign in · Anning' && (await page.getAttribute('html', 'lang')) === 'en');
  check('signing in: nothing forbidden', faults.length === 0, faults.join('\n'));
  await context.close();
}

/** A server that can send no text message: the page says so and takes a code all the same. */
export async function noGateway({ browser, base, other }) {
  const { page, go, context } = await openPage(browser, base), tried = [];
  await page.route(/\/v1\/(session|standing)\/code$/, (route) => route.fulfill({ status: 501, contentType: 'application/json', body: '{"error":{"message":"no text messages","code":"no_gateway"}}' }));
  await page.route(/\/v1\/session$/, (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    tried.push(route.request().postDataJSON());
    return route.fulfill({ status: 401, contentType: 'application/json', body: '{"error":{"message":"wrong","code":"bad_login"}}' });
  });
  await go('/signin');
  await page.fill('#number', other.replace('+86', ''));
  await page.click('button[type=submit]');
  await page.locator('#code').waitFor();
  check('where no text can be sent, signing in says so', (await text(page, 'form')).includes('发不了短信') && (await page.locator('.fault').count()) === 0);
  await page.fill('#code', '123456');
  await page.click('button[type=submit]');
  await page.locator('.fault').waitFor();
  check('and takes a code all the same', tried.length === 1 && tried[0].number === other && tried[0].code === '123456', JSON.stringify(tried));
  await go('/standing');
  await page.fill('#number', other.replace('+86', ''));
  await page.click('button[type=submit]');
  await page.locator('#code').waitFor();
  check('so does the page of how a number stands', (await text(page, 'form')).includes('发不了短信'));
  await context.close();
}

/** A call that came while the list was open is in it, without anybody's doing. `held`: the newest is kept back at first. */
export async function renewed(page, go) {
  let held = true, token = '';
  const where = /\/v1\/subscribers\/me\/calls\?/;
  await page.route(where, async (route) => {
    const answer = await route.fetch(), body = await answer.json();
    if (held) token = body.items.shift().token;
    await route.fulfill({ response: answer, json: body });
  });
  await go('/me/calls');
  await page.locator('article.call').first().waitFor();
  const before = await page.locator(`[data-token="${token}"]`).count();
  held = false;
  await page.locator(`[data-token="${token}"]`).waitFor();
  check('a call that comes while the list is open is in it', before === 0);
  await page.unroute(where);
}

/** From the counts at home to the calls they count; then all of them. */
export async function byAction(page, go) {
  await go('/me');
  const count = page.locator('.today a').first();
  await count.waitFor();
  const action = /only=(\w+)/.exec(await count.getAttribute('href'))[1];
  await count.click();
  await page.locator('article.call').first().waitFor();
  const cards = page.locator('article.call'), n = await cards.count();
  check(`from a count at home to calls of its kind only (${action}, ${n})`, n > 0 && (await page.locator(`article.call .verdict.${action}`).count()) === n && (await page.locator(`[data-only="${action}"]`).getAttribute('aria-checked')) === 'true');
  await page.locator('[data-only="all"]').click();
  await page.waitForURL((url) => url.hash.endsWith('only=all'));
  await page.locator('article.call').first().waitFor();
  check('and to all calls, each with an address of its own', true);
  await go('/me');
}

/** While the server is away nobody is told that calls are watched over; it says since when, and finds back by itself. */
export async function serverAway({ browser, base, number, freshCode }) {
  const { page, go, context } = await openPage(browser, base);
  await signInPerson(page, go, number, () => freshCode(number));
  await page.waitForSelector('.guard:not(.off)');
  await page.route('**/v1/**', (route) => route.abort());
  await page.locator('.away').waitFor();
  check('a server that is away: the page says so, and since when, and no longer that it watches', /连不上服务器.*\d\d:\d\d/.test(await text(page, '.away')) && !(await text(page, '.guard')).includes('正在守护'));
  await page.unroute('**/v1/**');
  await page.locator('.away').waitFor({ state: 'detached' });
  check('and when it is back, that it watches', (await text(page, '.guard')).includes('正在守护'));
  await context.close();
}

/** Times, digits, places, lists: each is at the door afterwards. */
async function everyForm(page, go, ask) {
  await go('/me/settings/hours');
  await page.getByRole('button', { name: '添加时间段' }).click();
  await page.getByRole('button', { name: '添加', exact: true }).click();
  await page.locator('section.card').first().waitFor();
  await go('/me/settings/ranges');
  await page.fill('input', '0755');
  await page.getByRole('button', { name: '添加号段' }).click();
  await page.getByText('755…').waitFor();
  await go('/me/settings/regions');
  await page.selectOption('select', '44');
  await page.getByRole('button', { name: '添加地区' }).click();
  await page.locator('section.card').first().waitFor();
  for (const [list, number] of [['contacts', '137 0000 0001'], ['blocked', '137 0000 0002']]) {
    await go(`/me/settings/${list}`);
    await page.locator('input').first().fill(number);
    await page.locator('input').nth(1).fill('<b>王</b>');
    const kept = page.waitForResponse((answer) => answer.request().method() === 'PUT'); // shown before it is kept
    await page.getByRole('button', { name: '添加号码' }).click();
    await page.getByText(number).waitFor();
    await kept;
  }
  check('a hostile name stays text', (await page.locator('main b').count()) === 0);
  const kept = await ask(page, '/v1/subscribers/me/settings');
  check('time, digits, place and both lists are kept', kept.hours.length === 1 && kept.ranges[0]?.prefix.endsWith('755') && kept.regions[0]?.region === '44' && kept.contacts[0]?.number === '+8613700000001' && kept.blocked[0]?.number === '+8613700000002', JSON.stringify(kept));
}

/** A change on an old version is refused by the server (409), and the page shows the newest. */
async function stale(one, world, number) {
  const two = await openPage(world.browser, world.base);
  await signInPerson(two.page, two.go, number, () => world.freshCode(number));
  await one.go('/me');
  const kept = one.page.waitForResponse((answer) => answer.request().method() === 'PUT' && answer.ok());
  await one.page.getByRole('radio', { name: /严格/ }).click();
  await kept;
  await two.page.getByRole('radio', { name: /宽松/ }).click();
  await two.page.waitForSelector('.van-toast');
  check('a change made on an old version is not lost in silence', (await text(two.page, '.van-toast')).includes('刚在别处改过') && (await two.page.getByRole('radio', { name: /严格/ }).getAttribute('aria-checked')) === 'true');
  await two.context.close();
}

export async function ownData(world) {
  const { browser, base, other, ask, freshCode } = world, one = await openPage(browser, base), { page, go, faults, context } = one;
  await signInPerson(page, go, other, () => freshCode(other));
  await everyForm(page, go, ask);
  await stale(one, world, other);
  await go('/me/calls');
  await page.locator('article.call').first().getByRole('button', { name: '不想接' }).click();
  await page.locator('article.call .effect').first().waitFor();
  await go('/me/data');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: '下载我的数据' }).click();
  check('my data can be taken away', (await download).suggestedFilename() === 'anning.json');
  const before = await ask(page, '/v1/subscribers/me/data');
  await page.getByRole('button', { name: '删除我的数据' }).click();
  await page.getByRole('button', { name: '全部删除' }).click();
  await page.waitForURL((url) => url.hash.startsWith('#/signin'));
  check('erasing asks first, then signs out', true);
  await signInPerson(page, go, other, () => freshCode(other));
  const after = await ask(page, '/v1/subscribers/me/data');
  check('afterwards nothing of it is there', before.calls.length > 0 && before.reports.length > 0 && after.reports.length === 0 && after.settings.on === false && after.settings.contacts.length === 0, JSON.stringify(after).slice(0, 600));
  check('own data: nothing forbidden', faults.length === 0, faults.join('\n'));
  await context.close();
}

/** One second of silence as a WAV. */
function wav() {
  const bytes = Buffer.alloc(44 + 8000);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  [[16, 4], [1, 2], [1, 2], [8000, 4], [8000, 4], [1, 2], [8, 2]].reduce((at, [value, size]) => { bytes.writeUIntLE(value, at, size); return at + size; }, 16);
  bytes.write('data', 36);
  bytes.writeUInt32LE(8000, 40);
  bytes.fill(128, 44);
  return bytes;
}

/** A recording with a report: a file, then one with the microphone (a device of Chromium's that beeps). */
export async function recording({ browser, base, number, freshCode, ask, shot }) {
  const { page, go, faults, context } = await openPage(browser, base, { language: 'en' });
  await context.grantPermissions(['microphone'], { origin: base });
  await signInPerson(page, go, number, () => freshCode(number));
  const { items } = await ask(page, '/v1/subscribers/me/reports'), report = items.find((one) => one.verdict === 'unwanted');
  await go(`/me/reports/${report.id}`);
  await page.setInputFiles('input[type=file]', { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no sound') });
  await page.locator('.van-toast').waitFor();
  check('a file that is no recording is refused in plain words', (await text(page, '.van-toast')).includes('no recording'));
  await page.locator('.van-toast').waitFor({ state: 'hidden' });
  await page.setInputFiles('input[type=file]', { name: 'call.wav', mimeType: 'audio/wav', buffer: wav() });
  await page.locator('audio').waitFor();
  const played = await page.evaluate(() => new Promise((then) => { const audio = document.querySelector('audio'); audio.addEventListener('loadedmetadata', () => then(audio.duration)); audio.addEventListener('error', () => then(0)); audio.load(); audio.play().catch(() => {}); }));
  check('a recording is with the report, and can be heard', played > 0.9 && played < 1.1, played);
  await looksRight('en phone a report with its recording', page, faults);
  await page.locator('audio').scrollIntoViewIfNeeded();
  await shot(page, 'act-recording');
  await page.getByRole('button', { name: 'Delete the recording' }).click();
  await page.locator('.van-dialog').getByRole('button', { name: 'Remove' }).click();
  await page.locator('audio').waitFor({ state: 'detached' });
  check('and is gone when it is deleted', (await ask(page, `/v1/reports/${report.id}`)).recording === null);
  await page.getByRole('button', { name: 'Record now' }).click();
  await page.getByText(/Recording: 1 s/).waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.locator('audio').waitFor();
  const { recording: kept } = await ask(page, `/v1/reports/${report.id}`);
  check('one made with the microphone is kept', kept?.type === 'audio/webm' && kept.bytes > 500, JSON.stringify(kept));
  check('recordings: nothing forbidden', faults.length === 0, faults.join('\n'));
  await context.close();
}

/** Anybody sees how the own number stands, with a code that is spoken by a call. */
export async function standing({ browser, base, textTo, shot }, number) {
  const { page, go, faults, context } = await openPage(browser, base);
  await go('/standing');
  await page.fill('#number', number);
  const sent = textTo(number);
  await page.getByRole('button', { name: '打电话报验证码' }).click();
  const code = await sent;
  await page.fill('#code', code === WRONG ? '111111' : WRONG);
  await page.getByRole('button', { name: '查看' }).click();
  check('standing: a wrong code is said to be wrong', (await text(page, '.fault')).includes('验证码'));
  await page.fill('#code', code);
  await page.getByRole('button', { name: '查看' }).click();
  await page.locator('.big').waitFor();
  check('standing: what was done to its calls, why, and what to do', /次/.test(await page.locator('main').innerText()) && (await page.locator('.dots li').count()) > 0);
  await looksRight('zh phone how a number stands', page, faults);
  await shot(page, 'act-standing');
  await context.close();
}

/** An objection where no code can be sent: said once, with nothing that promises one, and the way goes on. */
export async function objectionWithoutCode({ browser, base }, token) {
  const { page, go, context } = await openPage(browser, base, { language: 'en' });
  await page.route(/\/v1\/redress\/\w+\/code$/, (route) => route.fulfill({ status: 501, contentType: 'application/json', body: '{"error":{"message":"no text messages","code":"no_gateway"}}' }));
  await go(`/redress/${token}`);
  check('redress: how long an answer takes is said before anything is sent', /within 24 hours/.test(await text(page, 'main')) && !/longer/.test(await text(page, 'main')));
  await page.getByRole('button', { name: 'Text me the code' }).click();
  await page.locator('.cannot').waitFor();
  const said = await text(page, '[data-step="1"]');
  check('redress: where no code can be sent nothing promises one', /can send no code/.test(said) && !/We send a code|Text me/.test(said), said);
  await context.close();
}

/** The holder of a stopped number proves it by a code over that number and objects. */
export async function provedObjection({ browser, base, textTo, shot }, token, number) {
  const { page, go, faults, context } = await openPage(browser, base, { language: 'en' });
  await go(`/redress/${token}`);
  const sent = textTo(number);
  await page.getByRole('button', { name: /code/ }).first().click();
  const code = await sent;
  check('redress: who gets no text message can still be called', await page.getByRole('button', { name: 'Call me and speak it' }).isVisible());
  await page.locator('.code input').fill(code === WRONG ? '111111' : WRONG);
  await page.getByRole('button', { name: 'Check' }).click();
  check('redress: a wrong code is said to be wrong', (await text(page, '.fault')).includes('code'));
  await page.locator('.code input').fill(code);
  await page.getByRole('button', { name: 'Check' }).click();
  await page.locator('.ok').waitFor();
  check('redress: the code that came over the number proves it', true);
  await page.getByRole('button', { name: 'Send the objection' }).click();
  check('redress: without an address it is not sent', (await text(page, '.fault')).includes('reach'));
  await page.locator('[data-step="2"] input').fill('office@example.org');
  await page.locator('[data-step="2"] textarea').fill('<script>alert(1)</script> Appointment reminders');
  await page.getByRole('button', { name: 'Send the objection' }).click();
  await page.locator('.waiting').waitFor();
  check('redress: an objection is in, with its due time', /24 hours/.test(await text(page, '.waiting')));
  await looksRight('en phone an objection that waits', page, faults);
  await shot(page, 'act-redress-proved');
  await context.close();
}
