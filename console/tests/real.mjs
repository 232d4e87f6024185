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
  let token = '';
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
  return token;
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

await operator();
await person();
await browser.close();
finish('the console on a running anningd');
