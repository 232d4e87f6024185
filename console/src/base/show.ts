// How times, numbers and telephone numbers are written. The zone is the reader's own.
import { language, t } from './i18n';

const tag = (): string => (language.value === 'zh' ? 'zh-CN' : 'en-GB');

export function when(time: string | null | undefined, options: Intl.DateTimeFormatOptions): string {
  if (!time) return '—';
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? '—' : new Intl.DateTimeFormat(tag(), options).format(date);
}
export const clock = (time?: string | null): string => when(time, { hour: '2-digit', minute: '2-digit', hour12: false });
export const clockSeconds = (time?: string | null): string => when(time, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
export const moment = (time?: string | null): string => when(time, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false });
export const fullMoment = (time?: string | null): string => when(time, { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

/** The day as people say it: today, yesterday, else the date. */
export function day(time: string): string {
  const date = new Date(time), now = new Date();
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const days = Math.ceil((midnight - date.getTime()) / 86_400_000);
  if (days <= 1) return new Intl.RelativeTimeFormat(tag(), { numeric: 'auto' }).format(-Math.max(days, 0), 'day');
  return when(time, { month: 'short', day: 'numeric' });
}

/** "in 3 hours", "5 minutes ago". */
export function away(time: string | null | undefined): string {
  if (!time) return '—';
  const seconds = (new Date(time).getTime() - Date.now()) / 1000;
  // The half of the next smaller unit belongs to the larger one: 23:59:30 is a day, not 24 hours.
  const steps: [Intl.RelativeTimeFormatUnit, number, number][] = [['day', 86_400, 1800], ['hour', 3600, 30], ['minute', 60, 0.5]];
  const [unit, length] = steps.find(([, size, half]) => Math.abs(seconds) >= size - half) ?? ['second', 1];
  return new Intl.RelativeTimeFormat(tag(), { numeric: unit === 'second' ? 'auto' : 'always' }).format(Math.round(seconds / length), unit);
}

export function count(value: number | null | undefined, decimals = 0): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '—';
  const text = new Intl.NumberFormat(tag(), { maximumFractionDigits: decimals }).format(value);
  return /^-[0.]*$/.test(text) ? text.slice(1) : text; // no "-0"
}
export function percent(share: number | null | undefined, decimals = 1): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return '—';
  return new Intl.NumberFormat(tag(), { style: 'percent', maximumFractionDigits: decimals }).format(share);
}

/** A probability is never 0 % nor 100 %. */
export function probability(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return '—';
  return share > 0.999 ? `> ${percent(0.999)}` : share < 0.001 ? `< ${percent(0.001)}` : percent(share);
}

/** +8613800138000 → 138 0013 8000; a number of another country keeps its +. */
export function phone(number: string | null | undefined): string {
  if (!number) return '';
  if (/^\+861\d{10}$/.test(number)) return `${number.slice(3, 6)} ${number.slice(6, 10)} ${number.slice(10)}`;
  if (number.startsWith('+861') && number.includes('*')) return number.slice(3);
  if (/^\+86(10|2\d)\d{8}$/.test(number)) return `0${number.slice(3, 5)} ${number.slice(5)}`;
  if (/^\+86[3-9]\d{9,10}$/.test(number) && !/^\+86[48]00/.test(number)) return `0${number.slice(3, 6)} ${number.slice(6)}`;
  return number.startsWith('+86') ? number.slice(3) : number;
}

/** What people type → E.164; Chinese without a country. Empty when it can't be a number. */
export function e164(typed: string): string {
  const bare = typed.normalize('NFKC').replace(/[\s\-().]/g, '');
  if (/^\+\d{5,15}$/.test(bare)) return bare;
  if (/^00\d{5,15}$/.test(bare)) return `+${bare.slice(2)}`;
  if (/^0\d{9,11}$/.test(bare)) return `+86${bare.slice(1)}`;
  return /^\d{3,13}$/.test(bare) ? `+86${bare}` : '';
}

const OPERATORS: Record<string, string> = { 'China Mobile': '中国移动', 'China Unicom': '中国联通', 'China Telecom': '中国电信', 'China Broadnet': '中国广电', none: '不明' };
/** Who did it, as the audit log has it: a member of the staff by name, or the command line and its system user. */
export function actor(who: string | null | undefined): string {
  const found = /^(?:command line \((.+), uid \d+\)|(.+) \(server\))$/.exec(who ?? ''), user = found?.[1] ?? found?.[2];
  if (!user) return who || '—';
  return user === '-' ? t('who.commandLine') : t('who.commandLineOf', { user });
}

/** An operator's name as the numbering plan gives it, in the language shown. */
export function operator(name: string | null | undefined): string {
  if (!name) return '';
  if (language.value !== 'zh') return name === 'none' ? 'unknown' : name;
  const host = /^virtual operator on (.+)$/.exec(name)?.[1];
  return host ? `虚拟运营商（${OPERATORS[host] ?? host}）` : (OPERATORS[name] ?? name);
}
