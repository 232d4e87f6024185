// The console against the stand-in: every page in both languages on a phone and on a desk, and every main act. What
// needs the real anningd is in real.mjs.
import { fileURLToPath } from 'node:url';
import { makeServer } from '../dev/server.mjs';
import { check, DESK, finish, looksRight, openPage, PHONE, settle, signInPerson, signInStaff, startBrowser } from './kit.mjs';
import { ADMIN_PAGES, AUTHORITY_PAGES, OPERATOR_PAGES, PHONE_PAGES, STAND_IN } from './pages.mjs';

const dist = process.argv[2] ?? fileURLToPath(new URL('../dist', import.meta.url));
const server = makeServer({ dist });
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const base = `http://127.0.0.1:${server.address().port}`;
const browser = await startBrowser();

async function walk(paths, { page, faults, go }, where, options) {
  for (const path of paths) {
    await go(path);
    await looksRight(`${where} ${path}`, page, faults, options);
  }
}
const text = (page, selector) => page.locator(selector).first().innerText();

async function everyPage() {
  for (const language of ['zh', 'en']) {
    for (const [size, name] of [[PHONE, 'phone'], [DESK, 'desk']]) {
      for (const dark of language === 'zh' ? [false, true] : [false]) {
        const where = `${language} ${name}${dark ? ' dark' : ''}`;
        const open = await openPage(browser, base, { language, size, dark });
        await walk(['/signin', ...STAND_IN.open], open, where);
        await signInPerson(open.page, open.go);
        await walk(PHONE_PAGES, open, where);
        await open.context.close();
        const staff = await openPage(browser, base, { language, size, dark });
        await signInStaff(staff.page, staff.go, 'li.wei');
        await walk([...OPERATOR_PAGES, ...STAND_IN.operator], staff, where);
        await staff.context.close();
        const admin = await openPage(browser, base, { language, size, dark });
        await signInStaff(admin.page, admin.go, 'admin', undefined, '123456');
        await walk([...ADMIN_PAGES, ...AUTHORITY_PAGES, ...STAND_IN.authority], admin, where);
        await admin.context.close();
      }
    }
  }
}

async function signingIn() {
  const { page, go, context } = await openPage(browser, base);
  await go('/me/calls');
  check('a page that needs a session leads to signing in', page.url().includes('#/signin'));
  await page.fill('#number', '12');
  await page.click('button[type=submit]');
  check('a number that is none is said to be none', (await text(page, '.fault')).includes('手机号'));
  await page.fill('#number', '138 0013 8000');
  await page.click('button[type=submit]');
  await page.fill('#code', '000000');
  await page.click('button[type=submit]');
  check('a wrong code', (await text(page, '.fault')).includes('验证码'));
  await page.fill('#code', '123456');
  await page.click('button[type=submit]');
  await page.waitForURL((url) => url.hash === '#/me/calls');
  check('after signing in one is where one wanted to go', true);
  await go('/desk/live');
  check('a subscriber does not get to the desk', page.url().endsWith('#/me'));
  await go('/me/data');
  await page.getByRole('button', { name: '退出登录' }).click();
  await page.waitForURL((url) => url.hash.startsWith('#/signin'));
  check('signing out', true);
  await page.getByRole('button', { name: 'English' }).click();
  await page.waitForFunction(() => document.title === 'Sign in · Anning');
  check('another language without a reload', true);
  await page.reload();
  await settle(page);
  check('which is kept', (await page.title()) === 'Sign in · Anning' && (await page.getAttribute('html', 'lang')) === 'en');
  await go('/first/FIRST');
  const form = page.locator('form input');
  for (const [i, value] of ['root', 'Root', 'short', 'short'].entries()) await form.nth(i).fill(value);
  await page.click('button[type=submit]');
  check('a short password is refused', (await text(page, '.fault')).includes('12'));
  for (const i of [2, 3]) await form.nth(i).fill('a longer sentence');
  await page.click('button[type=submit]');
  await page.waitForURL((url) => url.hash.startsWith('#/signin'));
  check('the first administrator is made', true);
  await context.close();
}

async function phoneActs() {
  const { page, faults, go, context } = await openPage(browser, base);
  await signInPerson(page, go, '13900139000');
  await page.getByRole('button', { name: '我在等…' }).click();
  await page.getByRole('radio', { name: '医院' }).click();
  await page.getByRole('radio', { name: '8 小时' }).click();
  await page.fill('#expect-words', '协和医院 <img src=x onerror=alert(1)>');
  await page.getByRole('button', { name: '开始放行' }).click();
  await page.waitForSelector('[data-test=expecting]');
  check('"I am expecting" a hospital shows at once, its words inert', (await text(page, '[data-test=expecting]')).includes('<img') && (await page.locator('[data-test=expecting] img').count()) === 0);
  await page.getByRole('button', { name: '不等了' }).click();
  await page.waitForSelector('[data-test=expecting]', { state: 'detached' });
  check('and ends on a tap', true);
  await page.getByRole('radio', { name: /严格/ }).click();
  await page.reload();
  await settle(page);
  check('the level is kept', (await page.getByRole('radio', { name: /严格/ }).getAttribute('aria-checked')) === 'true');
  await page.getByRole('switch').click();
  await page.locator('.van-dialog').getByRole('button', { name: '关闭守护' }).click();
  await page.waitForSelector('.guard.off');
  check('switching off asks first', true);
  await page.getByRole('switch').click();
  await page.waitForSelector('.guard:not(.off)');
  await go('/me/calls');
  const card = page.locator('article').first();
  await card.getByRole('button', { name: '为什么？' }).click();
  check('reasons unfold', (await card.locator('li').count()) === 4);
  await card.getByRole('button', { name: '不想接' }).click();
  await card.locator('.effect').waitFor();
  check('one tap says unwanted, and the effect is shown', (await card.locator('.effect').innerText()).includes('不会再打扰'));
  await card.getByRole('link').click();
  await settle(page);
  check('the report has a number and a way so far', /R26-\d+/.test(await text(page, '.big')) && (await page.locator('ol li').count()) === 2);
  await page.getByRole('radio', { name: '保险' }).click();
  await page.fill('#words', '说是银行的');
  await page.getByRole('button', { name: '保存' }).click();
  await page.waitForSelector('.van-toast');
  await go('/me/reports');
  check('it is among my reports', (await text(page, '.item')).includes('保险'));
  await go('/me/calls');
  await page.getByRole('radio', { name: '全部来电' }).click();
  await page.locator('article').first().waitFor();
  await settle(page);
  check('all calls are more than the touched ones', (await page.locator('article').count()) === 8);
  await go('/me/settings/categories');
  await page.getByRole('radiogroup', { name: '装修' }).getByRole('radio', { name: '拦截' }).click();
  await go('/me/settings/hours');
  await page.getByRole('button', { name: '添加时间段' }).click();
  await page.getByRole('button', { name: '添加', exact: true }).click();
  await page.locator('section.card').nth(1).waitFor();
  check('a time is added', true);
  await go('/me/settings/ranges');
  await page.fill('input', '0755');
  await page.getByRole('button', { name: '添加号段' }).click();
  await page.getByText('755…').waitFor();
  await go('/me/settings/regions');
  await page.selectOption('select', '44');
  await page.getByRole('button', { name: '添加地区' }).click();
  await page.locator('section.card').nth(1).waitFor();
  await go('/me/settings/contacts');
  await page.locator('input').first().fill('137 0000 0001');
  await page.getByRole('button', { name: '添加号码' }).click();
  await page.getByText('137 0000 0001').waitFor();
  check('digits, a place and a contact are added', true);
  await go('/me/settings');
  await page.waitForFunction(() => document.querySelectorAll('.rows a').length === 6);
  check('the settings say what is set', /按类别\n6 项/.test((await page.locator('.rows').innerText()).replace(/ ›/g, '').replace(/\s*\n\s*/g, '\n')), await page.locator('.rows').innerText());
  await go('/me/data');
  check('who looked is shown', (await page.locator('main').innerText()).includes('周敏'));
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: '下载我的数据' }).click();
  check('my data can be taken away', (await download).suggestedFilename() === 'anning.json');
  await page.getByRole('button', { name: '删除我的数据' }).click();
  await page.getByRole('button', { name: '全部删除' }).click();
  await page.waitForURL((url) => url.hash.startsWith('#/signin'));
  check('erasing asks first, then signs out', true);
  check('no script error, no breach of the policy, no other host', faults.length === 0, faults.join('\n'));
  await context.close();
}

async function staleSettings() {
  const one = await openPage(browser, base), two = await openPage(browser, base);
  for (const { page, go } of [one, two]) await signInPerson(page, go, '13600136000');
  await one.page.getByRole('radio', { name: /严格/ }).click();
  await one.page.waitForFunction(() => document.querySelectorAll('[role=radio]')[2].getAttribute('aria-checked') === 'true');
  await one.page.waitForTimeout(300);
  await two.page.getByRole('radio', { name: /宽松/ }).click();
  await two.page.waitForSelector('.van-toast');
  check('a change made on an old version is not lost in silence', (await text(two.page, '.van-toast')).includes('刚在别处改过') && (await two.page.getByRole('radio', { name: /严格/ }).getAttribute('aria-checked')) === 'true');
  for (const { context } of [one, two]) await context.close();
}

async function redressActs() {
  const { page, faults, go, context } = await openPage(browser, base, { language: 'en' });
  await go('/redress/REDRESSNEW2');
  check('the page says why', (await page.locator('ul li').count()) === 3);
  await page.getByRole('button', { name: 'Send the code' }).click();
  await page.locator('.code input').fill('000000');
  await page.getByRole('button', { name: 'Check' }).click();
  check('a wrong code is said to be wrong', (await text(page, '.fault')).includes('code'));
  await page.locator('.code input').fill('123456');
  await page.getByRole('button', { name: 'Check' }).click();
  await page.locator('.ok').waitFor();
  await page.getByRole('button', { name: 'Send the objection' }).click();
  check('without an address it is not sent', (await text(page, '.fault')).includes('reach'));
  await page.locator('[data-step="2"] input').fill('office@example.org');
  await page.locator('[data-step="2"] textarea').fill('Appointment reminders');
  await page.getByRole('button', { name: 'Send the objection' }).click();
  await page.locator('.waiting').waitFor();
  check('an objection is in, with its due time', /24 hours/.test(await text(page, '.waiting')));
  check('redress: nothing forbidden', faults.length === 0, faults.join('\n'));
  await context.close();
}

async function deskActs() {
  const { page, faults, go, context } = await openPage(browser, base, { size: DESK });
  await signInStaff(page, go, 'li.wei');
  await page.waitForFunction(() => /\d/.test(document.querySelector('.tiles dd')?.textContent ?? ''));
  check('the live page moves', (await page.locator('tr[data-row]').count()) > 10);
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  check('? shows the keys', true);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.waitForURL((url) => url.hash === '#/desk/campaigns');
  await page.locator('tr[data-row]').first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.hash === '#/desk/campaigns/31');
  check('G C, J, J, Enter opens the second campaign', true);
  await page.keyboard.press('/');
  await page.keyboard.type('换号');
  await page.locator('#hits li').first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.hash === '#/desk/campaigns/23');
  check('/ finds a campaign by name', true);
  await page.keyboard.press('/');
  await page.keyboard.type('13800138000');
  await page.locator('#hits li').first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.hash.startsWith('#/desk/numbers/'));
  check('/ finds a number', true);
  await go('/desk/campaigns/23');
  await page.getByRole('button', { name: '放行' }).click();
  const dialog = page.getByRole('dialog');
  check('an act can not be done before its effect is seen', (await dialog.getByRole('button', { name: '确认执行' }).count()) === 0);
  await dialog.getByRole('button', { name: '先看影响' }).click();
  await dialog.locator('.effect').waitFor();
  check('the effect is shown', /标记 → 拦截：341 次/.test(await dialog.locator('.effect').innerText()));
  await dialog.getByRole('button', { name: '确认执行' }).click();
  await page.getByRole('button', { name: '收回放行' }).waitFor();
  check('a release is done', true);
  for (const [act, fill] of [['命名', '测试团伙'], ['合并', '17']]) {
    await page.getByRole('button', { name: act }).click();
    await dialog.locator('input').first().fill(fill);
    await dialog.getByRole('button', { name: '先看影响' }).click();
    await dialog.getByRole('button', { name: '确认执行' }).click();
    await dialog.waitFor({ state: 'hidden' });
  }
  await page.getByRole('button', { name: '拆分' }).click();
  await dialog.locator('.el-radio').first().click();
  await dialog.getByRole('button', { name: '先看影响' }).click();
  await dialog.getByRole('button', { name: '确认执行' }).click();
  await dialog.waitFor({ state: 'hidden' });
  check('name, merge and split, too', (await text(page, 'h1')).includes('测试团伙'));
  await go('/desk/dryrun');
  await page.getByRole('button', { name: '开始试算' }).click();
  await page.locator('.matrix').waitFor();
  check('a dry run shows what would change', (await text(page, '.matrix')).includes('1,804'));
  await page.locator('textarea').fill('policy:\n  level: severest\n');
  await page.getByRole('button', { name: '开始试算' }).click();
  await page.locator('.fault').waitFor();
  check('wrong settings are refused with the reason', (await text(page, '.fault')).includes('severest'));
  await go('/desk/review');
  await page.getByRole('button', { name: '其实正常' }).first().click();
  await page.waitForFunction(() => document.querySelectorAll('tr[data-row]').length === 3);
  check('a doubtful verdict is decided', true);
  await go('/desk/redress');
  await page.locator('article').first().getByRole('button', { name: '同意，立即恢复' }).click();
  await page.locator('.el-message-box textarea').fill('快递员，号码已证实');
  await page.getByRole('button', { name: '确认' }).click();
  await page.waitForFunction(() => document.querySelectorAll('article').length === 1);
  check('an objection is granted after asking once more', true);
  await go('/desk/numbers/%2B8617780082351');
  await page.getByRole('button', { name: '标为骚扰' }).click();
  await page.locator('.el-message-box textarea').fill('用户来电投诉');
  await page.getByRole('button', { name: '确认' }).click();
  await page.locator('.el-message-box').waitFor({ state: 'hidden' });
  await page.locator('.el-message--success').first().waitFor();
  check('a number is labelled', true);
  await go('/desk/subscribers/%2B8613800138000');
  await go('/desk/users');
  check('an operator does not get to the staff', page.url().endsWith('#/desk/live'));
  await go('/desk/account');
  await page.getByRole('button', { name: '启用' }).click();
  await page.locator('.secret').waitFor();
  check('one-time codes can be switched on', true);
  check('desk: nothing forbidden', faults.length === 0, faults.join('\n'));
  await context.close();
}

async function adminActs() {
  const { page, faults, go, context } = await openPage(browser, base, { size: DESK, language: 'en' });
  await signInStaff(page, go, 'admin', undefined, '123456');
  await go('/desk/users');
  await page.getByRole('button', { name: 'Add a person' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('input').nth(0).fill('zhang.san');
  await dialog.locator('input').nth(1).fill('张三');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await dialog.locator('.link').waitFor();
  check('a new person gets a one-time link', (await dialog.locator('.link').innerText()).includes('#/password/'));
  await go('/desk/keys');
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByRole('dialog').locator('input').first().fill('app');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await page.getByRole('dialog').locator('.link').waitFor();
  check('a key is shown once', (await page.getByRole('dialog').locator('.link').innerText()).startsWith('ak_'));
  await go('/desk/audit');
  await page.locator('.in input').nth(1).fill('13800138000');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 2);
  check('the audit log is searched, and the search is in the address', page.url().includes('number='));
  await go('/authority/cases/c1');
  await page.locator('.states').getByText('Answered').click();
  await page.locator('textarea').fill('Answered by letter');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Answered by letter').first().waitFor();
  check('a case goes a step on', true);
  await go('/authority/exports');
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: /CSV/ }).first().click();
  check('an export is saved', (await download).suggestedFilename().endsWith('.csv'));
  check('admin and authority: nothing forbidden', faults.length === 0, faults.join('\n'));
  await context.close();
}

/** Bytes over the wire of the first page a person sees, and of the whole phone part. */
async function weight() {
  const { page, go, context } = await openPage(browser, base);
  let bytes = 0;
  const client = await context.newCDPSession(page);
  await client.send('Network.enable');
  client.on('Network.loadingFinished', (event) => { bytes += event.encodedDataLength; });
  await signInPerson(page, go);
  for (const path of PHONE_PAGES) await go(path);
  check(`the phone pages, all of them: ${(bytes / 1000).toFixed(0)} kB over the wire, below 250 kB`, bytes > 10_000 && bytes < 250_000);
  await context.close();
}

try {
  for (const part of [signingIn, phoneActs, staleSettings, redressActs, deskActs, adminActs, weight, everyPage]) await part();
} catch (error) { check('the run goes to its end', false, error.stack); }
await browser.close();
server.closeAllConnections();
server.close();
finish('the console against its stand-in');
