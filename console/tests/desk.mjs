// The desk by keyboard, in the dark, with a second factor, and with settings that can't be. `world` is real.mjs's.
import { createHmac } from 'node:crypto';
import { check, DESK, looksRight, openPage, PHONE, settle, signInPerson, signInStaff } from './kit.mjs';
import { OPERATOR_PAGES, PHONE_PAGES } from './pages.mjs';

const dark = (page) => page.evaluate(() => document.documentElement.classList.contains('dark'));

export async function keyboard({ browser, base, ask }) {
  const { page, go, faults, context } = await openPage(browser, base, { size: DESK });
  await signInStaff(page, go, 'operator');
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  check('? shows the keys', (await page.getByRole('dialog').locator('kbd').count()) > 5);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.waitForURL((url) => url.hash === '#/desk/campaigns');
  await page.locator('tr[data-row]').nth(1).waitFor();
  const second = await page.locator('tr[data-row]').nth(1).innerText();
  for (const key of ['j', 'j', 'k', 'j', 'Enter']) await page.keyboard.press(key);
  await page.waitForURL((url) => /#\/desk\/campaigns\/\d+$/.test(url.hash));
  await settle(page);
  check('G C, then J, K and Enter open the second campaign', second.includes((await page.locator('h1').innerText()).split(/\s{2,}|\n| (?=\S+$)/)[0].trim()), `${second}\n${await page.locator('h1').innerText()}`);
  const { items } = await ask(page, '/v1/trunks');
  await page.keyboard.press('/');
  await page.keyboard.type(items[0].name.slice(0, -1));
  await page.locator('#hits li').first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.hash.startsWith('#/desk/trunks/'));
  check('/ finds a trunk by a part of its name', true);
  const before = await dark(page);
  await page.keyboard.press('d');
  check('D turns the light off and on', (await dark(page)) !== before);
  await go('/desk/review');
  const { items: doubts } = await ask(page, '/v1/review?limit=50'), at = doubts.findIndex((one) => one.why !== 'redress');
  if (at < 0) throw new Error('there is nothing to review');
  for (let n = 0; n <= at; n++) await page.keyboard.press('j');
  const answer = page.waitForResponse((one) => one.url().includes('/v1/review/') && one.request().method() === 'POST');
  await page.keyboard.press('r');
  check('J and R: a verdict was right, and is off the list', (await answer).ok() && !(await ask(page, '/v1/review?limit=200')).items.some((one) => one.token === doubts[at].token && one.why === doubts[at].why));
  check('the keyboard: nothing forbidden', faults.length === 0, faults.join('\n'));
  await context.close();
}

/** Every page again as somebody sees it whose device is dark. */
export async function darkPages({ browser, base, number, freshCode, walk }) {
  for (const [size, name] of [[DESK, 'desk'], [PHONE, 'phone']]) {
    const staff = await openPage(browser, base, { size, dark: true });
    await signInStaff(staff.page, staff.go, 'operator');
    check(`${name}: dark as the device is`, await dark(staff.page));
    await walk(OPERATOR_PAGES, staff, `zh ${name} dark`, `dark-${name}`);
    await staff.context.close();
  }
  const person = await openPage(browser, base, { dark: true });
  await signInPerson(person.page, person.go, number, () => freshCode(number));
  await walk(PHONE_PAGES, person, 'zh phone dark', 'dark-phone');
  await person.context.close();
}

/** RFC 6238 with SHA-1, six digits of thirty seconds. */
function totp(secret, seconds) {
  const bits = [...secret.replace(/=|\s/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c.toUpperCase()).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2))), counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
  const mac = createHmac('sha1', key).update(counter).digest(), at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

export async function secondFactor({ browser, base }) {
  const { page, go, faults, context } = await openPage(browser, base, { size: DESK });
  await signInStaff(page, go, 'auditor');
  await go('/desk/account');
  await page.getByRole('button', { name: '启用' }).click();
  await page.locator('.secret').waitFor();
  const secret = (await page.locator('.secret').innerText()).trim(), now = Date.now() / 1000;
  await page.locator('input[inputmode=numeric]').fill(totp(secret, now));
  await page.getByRole('button', { name: '确认' }).click();
  await page.getByText('已启用').waitFor();
  await looksRight('zh desk one-time codes are on', page, faults);
  await context.close();
  const again = await openPage(browser, base, { size: DESK });
  await signInStaff(again.page, again.go, 'auditor', undefined, totp(secret, now + 30)); // a code is taken once
  check('one-time codes: switched on, and asked for at the next sign-in', again.page.url().includes('/desk/'));
  await again.go('/desk/account');
  await again.page.getByRole('button', { name: '停用' }).click();
  await again.page.locator('section input[type=password]').fill('correct horse battery');
  await again.page.getByRole('button', { name: '停用' }).click();
  await again.page.getByRole('button', { name: '启用' }).waitFor();
  check('and switched off with the password', true);
  await again.context.close();
}

/** Wrong settings are refused with the server's reason, and nothing of them is tried. */
export async function wrongSettings(page, go) {
  await go('/desk/dryrun');
  await page.locator('textarea').fill('policy:\n  level: severest\n');
  await page.locator('button.run').click();
  await page.locator('.fault').waitFor();
  check('wrong settings are refused with the reason', (await page.locator('.fault').innerText()).includes('severest'));
  await page.reload();
  await settle(page);
}
