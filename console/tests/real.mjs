// The console against a running anningd, filled by a day of the range: every page in both languages and sizes, and the main
// acts. usage: real.mjs BASE PASSWORD_LINK NUMBER CODE_COMMAND [PICTURES]. CODE_COMMAND prints a sign-in code for the number.
import { execSync } from 'node:child_process';
import { check, DESK, finish, looksRight, openPage, PHONE, PASSWORD, settle, signInPerson, signInStaff, startBrowser } from './kit.mjs';
import { ADMIN_PAGES, AUTHORITY_PAGES, OPERATOR_PAGES, PHONE_PAGES } from './pages.mjs';

const [base, link, number, command, pictures] = process.argv.slice(2);
const code = async () => execSync(command, { encoding: 'utf8' }).trim().split('\n')[0];
const browser = await startBrowser();
const shot = async (page, name) => { if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` }); };
const ask = (page, path) => page.evaluate(async (url) => (await fetch(url)).json(), path);

async function walk(paths, { page, faults, go }, where, names) {
  for (const path of paths) {
    await go(path);
    await page.waitForTimeout(path.includes('live') ? 2500 : 200);
    await looksRight(`${where} ${path}`, page, faults);
    await shot(page, `${names}${path.replaceAll('/', '-').replace(/%2B/i, '')}`);
  }
}

async function operator() {
  const first = await openPage(browser, base, { size: DESK });
  await first.page.goto(link);
  await settle(first.page);
  const fields = first.page.locator('form input[type=password]');
  for (let i = 0; i < await fields.count(); i += 1) await fields.nth(i).fill(PASSWORD);
  await first.page.click('button[type=submit]');
  await first.page.waitForURL((url) => url.hash.startsWith('#/signin'));
  check('the one-time link sets the password', true);
  await first.context.close();
  for (const language of ['zh', 'en']) {
    for (const [size, name] of [[DESK, 'desk'], [PHONE, 'phone']]) {
      const staff = await openPage(browser, base, { language, size, dark: false });
      await signInStaff(staff.page, staff.go, 'operator');
      const { campaigns } = await ask(staff.page, '/v1/campaigns?limit=5'), { items } = await ask(staff.page, '/v1/trunks');
      const more = [`/desk/campaigns/${campaigns[0].id}`, `/desk/numbers/${encodeURIComponent(number)}`, `/desk/trunks/${items[0].name}`];
      await walk([...OPERATOR_PAGES, ...ADMIN_PAGES, ...AUTHORITY_PAGES, ...more], staff, `${language} ${name}`, `${language}-${name}`);
      await staff.context.close();
    }
  }
}

async function person() {
  for (const language of ['zh', 'en']) {
    for (const [size, name] of [[PHONE, 'phone'], [DESK, 'desk']]) {
      const open = await openPage(browser, base, { language, size });
      await signInPerson(open.page, open.go, number, code);
      await walk(PHONE_PAGES, open, `${language} ${name}`, `${language}-${name}`);
      await open.context.close();
    }
  }
}

/** The main acts: report a call with one tap, let a delivery through, ask why as a caller, name a campaign after seeing the effect. */
async function acts() {
  const me = await openPage(browser, base);
  await signInPerson(me.page, me.go, number, code);
  await me.go('/me/calls');
  const card = me.page.locator('article.call').first(), token = await card.getAttribute('data-token');
  await card.getByRole('button', { name: '为什么' }).click();
  check('a call tells why', (await card.locator('.reasons').innerText()).length > 10);
  await card.getByRole('button', { name: '不想接' }).click();
  await card.locator('.effect').waitFor();
  check('one tap reports it, and the effect is told', (await card.locator('.effect').innerText()).length > 6);
  await me.go('/me/reports');
  check('the report has a number', /R\d\d-\d+/.test(await me.page.locator('#app').innerText()));
  await me.go('/me');
  await me.page.getByRole('button', { name: '我在等…' }).click();
  await me.page.getByRole('radio', { name: '医院' }).click();
  await me.page.getByRole('button', { name: '开始放行' }).click();
  await me.page.locator('[data-test=expecting]').first().waitFor();
  check('"I am expecting" is in force', true);
  await shot(me.page, 'act-expecting');
  const { expecting } = await ask(me.page, '/v1/subscribers/me/settings');
  check('and the door knows', expecting.length === 1 && new Date(expecting[0].until) > new Date());
  await me.context.close();
  const caller = await openPage(browser, base);
  await caller.go(`/redress/${token}`);
  await looksRight('a caller asks why by the token of the answer', caller.page, caller.faults);
  await shot(caller.page, 'act-redress');
  await caller.context.close();
  const desk = await openPage(browser, base, { size: DESK });
  await signInStaff(desk.page, desk.go, 'operator');
  const { campaigns } = await ask(desk.page, '/v1/campaigns?limit=5');
  await desk.go(`/desk/campaigns/${campaigns[0].id}`);
  await desk.page.getByRole('button', { name: '命名' }).click();
  await desk.page.locator('.el-dialog input').first().fill('测试 <b>团伙</b>');
  await desk.page.locator('.el-dialog button[type=submit]').click();
  await desk.page.locator('.el-dialog .effect').waitFor();
  await shot(desk.page, 'act-campaign-effect');
  check('the effect of a word is shown before it is said', true);
  await desk.page.locator('.el-dialog button[type=submit]').click();
  await desk.page.waitForFunction(() => document.querySelector('h1')?.innerText.includes('<b>'));
  check('a campaign has a name, and what is in it stays text', (await desk.page.locator('h1 b').count()) === 0);
  await desk.go('/desk/dryrun');
  await desk.page.getByRole('button', { name: /最近 7 天|近 7 天|7/ }).first().click();
  await desk.page.locator('button.run').click();
  await desk.page.waitForFunction(() => document.querySelectorAll('.w7 table, .w7 .el-table, .w7 h2').length > 0, null, { timeout: 60_000 });
  await desk.page.waitForTimeout(500);
  await shot(desk.page, 'act-dryrun');
  check('a dry run tells what a change would have done', /\d/.test(await desk.page.locator('.w7').innerText()));
  await desk.context.close();
}

if (!process.env.ACTS_ONLY) {
  await operator();
  await person();
}
await acts();
await browser.close();
finish('the console on a running anningd');
