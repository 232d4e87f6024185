// Whether both languages have every word: the same keys, no empty text, the same placeholders, and each key that a page
// asks for. Needs nothing but Node. usage: node words.mjs
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SRC = join(dirname(fileURLToPath(import.meta.url)), '../src'), problems = [];
const flat = (value, at = '') => (typeof value === 'object' ? Object.entries(value).flatMap(([key, one]) => flat(one, at ? `${at}.${key}` : key)) : [[at, value]]);
const load = (language) => new Map(readdirSync(join(SRC, 'words', language)).flatMap((file) => flat(new Function(readFileSync(join(SRC, 'words', language, file), 'utf8').replace('export default', 'return'))())));
const zh = load('zh'), en = load('en');
const slots = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort().join();

for (const [one, other, name] of [[zh, en, 'English'], [en, zh, 'Chinese']])
  for (const key of one.keys()) if (!other.has(key)) problems.push(`${key} has no ${name} words`);
for (const [key, text] of zh) if (en.has(key) && slots(text) !== slots(en.get(key))) problems.push(`${key}: {${slots(text)}} in Chinese, {${slots(en.get(key))}} in English`);
// Empty on purpose: units that are not written, and the word before a weekday, which English has not.
for (const words of [zh, en]) for (const [key, text] of words) if (text === '' && !key.startsWith('call.unit.') && key !== 'set.week') problems.push(`${key} is empty`);

const groups = new Set([...zh.keys()].flatMap((key) => key.split('.').map((_, i, parts) => parts.slice(0, i + 1).join('.'))));
for (const file of readdirSync(SRC, { recursive: true }).filter((name) => /\.(vue|ts)$/.test(name) && !name.startsWith('words'))) {
  const text = readFileSync(join(SRC, file), 'utf8');
  for (const [, key] of text.matchAll(/\bt\('([\w.-]+)'/g)) if (!zh.has(key)) problems.push(`${file} asks for ${key}`);
  for (const [, key] of text.matchAll(/\bt\(`([\w.-]+)\.\$\{/g)) if (!groups.has(key)) problems.push(`${file} asks for words of ${key}`);
  for (const [, key] of text.matchAll(/\bnamed\('([\w.-]+)'/g)) if (!groups.has(key)) problems.push(`${file} asks for names of ${key}`);
}
// What a dry run may try is listed on its page: policy.* of the settings, those of a file left out.
const schema = readFileSync(join(SRC, '../../src/settings/schema.def'), 'utf8'), listed = new Function(readFileSync(join(SRC, 'desk/policy.ts'), 'utf8').replace(/ as const/g, '').replace(/export const POLICY =/, 'const POLICY =').replace(/^export const asYaml[^]*/m, 'return POLICY.map((one) => one.name)'))();
const real = new Set([...schema.matchAll(/AN_SETTING\("policy\.(?:costs\." name "\.)?(\w+)"(?:, (\w+))?/g)].filter(([, , kind]) => kind !== 'PATH').map(([, name]) => name));
for (const name of real) if (!listed.some((one) => one.split('.').at(-1) === name)) problems.push(`desk/policy.ts lacks policy.${name}`);
for (const name of listed) if (!real.has(name.split('.').at(-1))) problems.push(`desk/policy.ts has ${name}, which is no setting`);
console.log(problems.length ? `FAILED: words\n${problems.join('\n')}` : `ok: words, ${zh.size} in both languages`);
process.exitCode = problems.length ? 1 : 0;
