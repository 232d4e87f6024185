// When the largest part of a page is painted (largest contentful paint), and what it weighs over the wire, on a running
// anningd; with a fast line and machine, and with a phone's: 4G as WebPageTest has it (9 Mbit/s, 170 ms) and a processor
// slowed down four times. usage: paint.mjs JSON, see bench/pages.py: {base, links: {operator: link}, number, code, runs}.
import { execFileSync } from 'node:child_process';
import { DESK, openPage, PASSWORD, PHONE, settle, signInPerson, signInStaff, startBrowser } from './kit.mjs';

const { base, links, number, code, runs } = JSON.parse(process.argv[2]);
const FAST = null, PHONE_LINE = { latency_ms: 170, bits_s: 9e6, slower: 4 };
const browser = await startBrowser();

async function throttle(client, how) {
  await client.send('Network.enable');
  if (how === null) return;
  const bytes = how.bits_s / 8;
  await client.send('Network.emulateNetworkConditions', { offline: false, latency: how.latency_ms, downloadThroughput: bytes, uploadThroughput: bytes });
  await client.send('Emulation.setCPUThrottlingRate', { rate: how.slower });
}

/** One visit with nothing cached, and the same page again with what the browser kept. */
async function visit(path, size, how, state) {
  const context = await browser.newContext({ viewport: size, locale: 'zh-CN', storageState: state, hasTouch: size === PHONE });
  const page = await context.newPage(), client = await context.newCDPSession(page);
  let bytes = 0, requests = 0;
  client.on('Network.loadingFinished', (event) => { bytes += event.encodedDataLength; requests += 1; });
  await throttle(client, how);
  const once = async () => {
    bytes = requests = 0;
    await page.goto(`${base}/#${path}`);
    await settle(page);
    await page.waitForTimeout(1000);
    const paint_ms = await page.evaluate(() => new Promise((then) => new PerformanceObserver((list) => then(list.getEntries().at(-1).startTime)).observe({ type: 'largest-contentful-paint', buffered: true })));
    return { paint_ms, bytes, requests };
  };
  const cold = await once();
  await page.goto('about:blank');
  const warm = await once();
  await context.close();
  return { cold, warm };
}

const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
function line(name, list) {
  const paints = list.map((one) => one.paint_ms);
  console.log(`${name.padEnd(44)} ${middle(paints).toFixed(0).padStart(6)} ms (${Math.min(...paints).toFixed(0)} to ${Math.max(...paints).toFixed(0)}), ${(middle(list.map((one) => one.bytes)) / 1000).toFixed(0).padStart(4)} kB, ${middle(list.map((one) => one.requests))} requests`);
}

const person = await openPage(browser, base), staff = await openPage(browser, base, { size: DESK });
await signInPerson(person.page, person.go, number, async () => execFileSync(code[0], [...code.slice(1), number], { encoding: 'utf8' }).trim().split('\n')[0]);
await staff.page.goto(links.operator);
await settle(staff.page);
for (const n of [0, 1]) await staff.page.locator('form input').nth(n).fill(PASSWORD);
await staff.page.click('button[type=submit]');
await staff.page.waitForURL((url) => url.hash.startsWith('#/signin'));
await signInStaff(staff.page, staff.go, 'operator');
const mine = await person.context.storageState(), desk = await staff.context.storageState();
for (const { context } of [person, staff]) await context.close();

const visits = [['phone: signing in', '/signin', PHONE, undefined], ['phone: home', '/me', PHONE, mine], ['phone: my calls', '/me/calls', PHONE, mine], ['desk: live', '/desk/live', DESK, desk]];
for (const [title, path, size, state] of visits) {
  for (const [how, line_] of [[FAST, 'loopback'], [PHONE_LINE, '4G, CPU 1/4']]) {
    const all = [];
    for (let run = 0; run < runs; run++) all.push(await visit(path, size, how, state));
    line(`${title}, ${line_}, nothing cached`, all.map((one) => one.cold));
    line(`${title}, ${line_}, again`, all.map((one) => one.warm));
  }
}
await browser.close();
