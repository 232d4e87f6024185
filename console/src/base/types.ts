// What the API says, as the console needs it: see src/api/openapi.json for the whole of it. A field that an older or
// newer server may leave out is optional here, and the pages show a dash for it.
export type Role = 'subscriber' | 'agent' | 'operator' | 'auditor' | 'authority' | 'admin';
export type Action = 'allow' | 'label' | 'screen' | 'block';
export type Choice = 'pass' | 'label' | 'screen' | 'block';
export type Level = 'loose' | 'standard' | 'strict';
export type Said = 'unwanted' | 'wanted';
export interface Words { zh: string; en: string }
export interface Reason extends Words { name?: string; weight?: number }
export interface List<T> { items: T[]; next?: string }

export interface User { id: string; login?: string; name?: string; role: Role; number?: string; language?: 'zh' | 'en'; totp?: boolean; networks?: string[] }
export interface Session { user: User; csrf: string }

export interface Hours { days: number[]; from: string; to: string; do: Choice }
export interface Range { prefix: string; do: Choice }
export interface RegionRule { region: string; do: Choice }
export interface Person { number: string; name: string }
export interface Expecting { id: string; kind: string; until: string; words: string }
export interface Settings {
  on: boolean; level: Level; categories: Record<string, Choice | 'default'>;
  hours: Hours[]; ranges: Range[]; regions: RegionRule[]; contacts: Person[]; blocked: Person[];
  expecting: Expecting[]; language: string; version: number; updated: string;
}
export interface SeenCall {
  token: string; time: string; caller: string | null; display?: string; region?: string; operator?: string; action: Action;
  category: string; probability: number; certainty: Words; sentence: Words; reasons: Reason[]; campaign?: string | number | null;
  said: Said | null; report: string | null; effect: Words | null;
}
export interface Report {
  id: string; number: string; time: string; state: 'new' | 'joined' | 'case' | 'closed'; verdict: Said; category: string; words: string;
  token: string; recording?: { type: string; bytes: number; time: string } | null; proof?: Record<string, unknown>; history: { time: string; state: string; zh: string; en: string }[];
}
export interface Look { time: string; who: string; role?: string; what?: string; why?: string }
export interface RedressView { number: string; time: string; action: Action; reasons: Reason[]; until?: string; state: 'none' | 'nothing_done' | 'waiting' | 'granted' | 'refused'; clock?: string; proved?: boolean }
export interface RedressItem {
  id: string; token: string; number: string; time: string; asked: string; due: string; state: string; proved: boolean; words: string;
  contact: string; action?: Action; reasons?: Reason[]; campaign?: string | number | null; decision?: string;
}

export interface Tick {
  time: string; calls_s: number; allow_s: number; label_s: number; screen_s: number; block_s: number;
  trunks: { name: string; calls_s: number; touched_s: number }[]; regions: Record<string, { calls: number; touched: number }>; lag_ms: number;
}
/** Calls a second of the last minutes: allowed, labelled, screened, blocked; oldest first. */
export interface Past { end: string; seconds: [number, number, number, number][] }
export interface LiveCall { token: string; time: string; caller: string | null; callee?: string; action: Action; category: string; region?: string; trunk?: string; campaign?: string | number | null }
export interface Campaign {
  id: string | number; name?: string | null; state: string; since: string; last: string; hostile_since?: string | null; calls: number; numbers: number; callees: number;
  calls_1d: number; hostility: number; confidence: number; category: string; category_by?: 'trust' | 'reports' | null; trunk?: string; released?: boolean;
  reports?: number; answered?: number; refused?: number; short_talks?: number; holes?: number; retries?: number; ring_s?: number; ring_share?: number;
  gap_s?: number; gap_share?: number; parent?: string | number;
  cells?: { trunk: string | null; shape: string; calls_1d: number; share: number; since: string; last: string }[] | number;
  events?: { time: string; event: string; other?: string | number; trunk?: string }[];
  terms?: { name: string; en: string; zh: string; value: number; usual: number; nats: number }[];
}
export interface Effect { calls_24h: number; would_change: Record<string, number>; examples?: { token: string; before?: string; after?: string; caller?: string }[] }
export interface Problem { message: string; field?: string; code?: string }
