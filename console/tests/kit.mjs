// What the browser tests share: Debian's Chromium, a page per language and size that fails on anything the policy
// forbids, on a script error and on a request to another host; checks that go on after a failure.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const PHONE = { width: 390, height: 844 }, DESK = { width: 1440, height: 900 };
export const failures = [], refused = []; // changes that the server refused, for whoever reads a failure
let count = 0;

export function check(what, right, detail = '') {
  count += 1;
  console.log(`  ${right ? 'ok     ' : 'FAILED '} ${what}`);
  if (right) return true;
  failures.push(what);
  for (const line of String(detail).split('\n').slice(0, 30)) console.log(`          ${line}`);
  return false;
}

export function finish(name) {
  console.log(failures.length ? `FAILED: ${name}: ${failures.length} of ${count} checks` : `ok: ${name}, ${count} checks`);
  process.exitCode = failures.length ? 1 : 0;
}

export async function startBrowser() {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...args, '--disable-gpu', '--font-render-hinting=none', '--use-fake-device-for-media-stream'] });
}

/** A page of its own profile; faults collects what must not happen. */
export async function openPage(browser, base, { language = 'zh', size = PHONE, dark = false } = {}) {
  const context = await browser.newContext({ viewport: size, locale: language === 'zh' ? 'zh-CN' : 'en-GB', timezoneId: 'Asia/Shanghai', colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', hasTouch: size === PHONE });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const faults = [];
  page.on('response', async (answer) => { if (answer.status() >= 400 && answer.request().method() !== 'GET') refused.push(`${answer.request().method()} ${answer.url()}: ${answer.status()} ${await answer.text().catch(() => '')}`); });
  page.on('pageerror', (error) => faults.push(`script error: ${error.message}`));
  // An answer of 4xx is one that a page has words for (401 is how it learns that nobody is signed in); anything else is ours.
  page.on('console', (message) => {
    const refused = /Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
    if ((message.type() === 'error' && !refused) || /Content.Security.Policy|violates/i.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => { if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== base) faults.push(`request to another host: ${request.url()}`); });
  await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) => console.log(`violates ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`)));
  return { page, faults, context, go: async (hash) => { await page.goto(`${base}/#${hash}`); await settle(page); } };
}

/** Until the page has its words and nothing is loading any more. */
export async function settle(page) {
  await page.waitForFunction(() => document.querySelector('h1') !== null && !document.querySelector('.van-loading, .el-loading-mask'));
  await page.waitForTimeout(150);
}

/** What axe finds of serious or critical weight. */
export async function axe(page) {
  await page.evaluate(AXE).catch(() => {});
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.filter((one) => ['serious', 'critical'].includes(one.impact))
    .map((one) => `${one.id}: ${one.help}\n${one.nodes.slice(0, 4).map((node) => `  ${node.target} ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ''}`).join('\n')}`);
}

/** Text that runs out of the window to the right. */
export async function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

export const PASSWORD = 'correct horse battery';
export async function signInPerson(page, go, number = '13800138000', code = async () => '123456') {
  await go('/signin');
  await page.fill('#number', number);
  await page.click('button.have'); // the code is there: none is asked for
  await page.fill('#code', await code());
  await page.click('button[type=submit]');
  await page.waitForURL((url) => url.hash.startsWith('#/me'));
  await settle(page);
}

export async function signInStaff(page, go, login, password = PASSWORD, totp = '') {
  await go('/signin?as=staff');
  await page.fill('#login', login);
  await page.fill('#password', password);
  await page.click('button[type=submit]');
  if (totp) {
    await page.fill('#totp', totp);
    await page.click('button[type=submit]');
  }
  await page.waitForURL((url) => !url.hash.startsWith('#/signin'));
  await settle(page);
}

/** A page is there when it has a title, no fault, nothing out of the window, and axe finds nothing serious. */
export async function looksRight(name, page, faults, { fault = false } = {}) {
  const words = await page.evaluate(() => ({ title: document.querySelector('h1')?.textContent.trim() ?? '', fault: document.querySelector('.fault')?.textContent ?? '', raw: /\b(?:me|set|desk|col|campaign|calls|live|fail|do|state|action|session|settings|review|number|user|reports)\.[a-z]\w+/.exec(document.querySelector('#app').innerText)?.[0] ?? '' }));
  const over = await overflow(page), found = await axe(page);
  const problems = [...found, ...(words.title ? [] : ['no title']), ...(words.fault && !fault ? [`says: ${words.fault}`] : []), ...(words.raw ? [`a text is missing: ${words.raw}`] : []), ...(over > 0 ? [`${over} px too wide`] : []), ...faults.splice(0)];
  check(name, problems.length === 0, problems.join('\n'));
}
