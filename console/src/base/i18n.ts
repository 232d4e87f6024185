// Two languages. The words of each part are a chunk of their own and come with that part, in the language shown only.
// Chosen by the person, else by the browser, else Chinese.
import { ref } from 'vue';
import { createI18n, type Composer } from 'vue-i18n';
import type { Words } from './types';

export type Language = 'zh' | 'en';
export type Part = 'common' | 'phone' | 'desk' | 'authority';
const KEY = 'anning.language';
const loaders = import.meta.glob<{ default: Record<string, unknown> }>('../words/*/*.ts');
const loaded = new Set<string>();
const parts = new Set<Part>(['common']);
let coming: Language | null = null; // a language on its way: a part that is wanted meanwhile needs its words in that one, too

export const i18n = createI18n({ legacy: false, locale: 'zh', fallbackLocale: false, messages: { zh: {}, en: {} }, missingWarn: false, fallbackWarn: false });
const words = i18n.global as unknown as Composer;
export const language = ref<Language>('zh');

export function wasChosen(): boolean {
  try { return localStorage.getItem(KEY) !== null; } catch { return false; }
}

function first(): Language {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === 'zh' || kept === 'en') return kept;
  } catch { /* storage may be closed to us */ }
  const wanted = navigator.languages.find((tag) => /^(zh|en)\b/i.test(tag));
  return wanted?.toLowerCase().startsWith('en') ? 'en' : 'zh';
}

async function load(part: Part, tongue: Language): Promise<void> {
  const name = `../words/${tongue}/${part}.ts`;
  if (loaded.has(name)) return;
  const file = await loaders[name]();
  words.mergeLocaleMessage(tongue, file.default);
  loaded.add(name);
}

/** The words of a part, before its first page is shown. */
export async function needWords(...wanted: Part[]): Promise<void> {
  wanted.forEach((part) => parts.add(part));
  await Promise.all(wanted.flatMap((part) => [load(part, language.value), ...(coming ? [load(part, coming)] : [])]));
}

export async function setLanguage(tongue: Language, keep = true): Promise<void> {
  coming = tongue;
  for (let known = 0; known !== parts.size;) { // a page may have asked for more meanwhile
    known = parts.size;
    await Promise.all([...parts].map((part) => load(part, tongue)));
  }
  if (coming !== tongue) return; // another one was chosen since
  coming = null;
  language.value = tongue;
  words.locale.value = tongue;
  document.documentElement.lang = tongue === 'zh' ? 'zh-CN' : 'en';
  if (keep) try { localStorage.setItem(KEY, tongue); } catch { /* then for this visit only */ }
}

export async function startLanguage(): Promise<void> { await setLanguage(first(), false); }

/** A sentence the server gives in both languages. */
export function said(words: Words | null | undefined): string {
  if (!words) return '';
  return (language.value === 'zh' ? words.zh : words.en) || words.zh || words.en || '';
}
export function t(key: string, values: Record<string, unknown> = {}): string { return words.t(key, values); }
export function has(key: string): boolean { return words.te(key, language.value); }
/** The words for a value of the server's, or the value itself where a newer server knows more than this console. */
export function named(group: string, value: string | null | undefined): string {
  if (!value) return '—';
  return has(`${group}.${value}`) ? t(`${group}.${value}`) : value;
}
