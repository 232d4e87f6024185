// One way to the server. Every request is same-origin with the session's cookie; changes carry the CSRF token of the
// session. An error is thrown as ApiError with the server's own sentence, its code and the HTTP status.
import { ref } from 'vue';
import type { Problem } from './types';

let csrf = '';
let onSignedOut: () => void = () => {};
let answered = 0; // when the last answer came
/** Since when the server does not answer; null: it does. */
export const awaySince = ref<string | null>(null);

export function setCsrf(token: string): void { csrf = token; }
export function whenSignedOut(then: () => void): void { onSignedOut = then; }

export class ApiError extends Error {
  constructor(readonly status: number, readonly problem: Problem, readonly retryAfter = 0) {
    super(problem.message);
  }
  get code(): string { return this.problem.code ?? ''; }
}

export interface Ask { query?: Record<string, string | number | boolean | undefined | null>; headers?: Record<string, string>; quiet?: boolean }

/** /v1/ and the parts of a path, each made safe. */
export function path(...parts: (string | number)[]): string {
  return '/v1/' + parts.map((part) => encodeURIComponent(String(part))).join('/');
}

export function withQuery(base: string, query: Ask['query'] = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return pairs.length === 0 ? base : `${base}?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]))}`;
}

/** body: an object, sent as JSON, or bytes with a type of their own in the headers. */
async function ask<T>(method: string, where: string, body?: unknown, options: Ask = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
  if (body !== undefined) headers['Content-Type'] ??= 'application/json';
  if (method !== 'GET' && csrf) headers['X-Anning-CSRF'] = csrf;
  let answer: Response;
  try {
    answer = await fetch(withQuery(where, options.query), {
      method, headers, credentials: 'same-origin', body: body === undefined ? undefined : body instanceof Blob ? body : JSON.stringify(body),
    });
  } catch {
    awaySince.value ??= new Date(answered || Date.now()).toISOString();
    throw new ApiError(0, { message: 'unreachable', code: 'unreachable' });
  }
  answered = Date.now();
  awaySince.value = null;
  const text = await answer.text();
  let parsed: unknown = null;
  if (text !== '') try { parsed = JSON.parse(text); } catch { parsed = null; }
  if (answer.ok) return parsed as T;
  const problem = (parsed as { error?: Problem } | null)?.error ?? { message: `HTTP ${answer.status}` };
  if (answer.status === 401 && !options.quiet) onSignedOut();
  throw new ApiError(answer.status, problem, Number(answer.headers.get('Retry-After') ?? 0));
}

export const api = {
  get: <T>(where: string, options?: Ask) => ask<T>('GET', where, undefined, options),
  post: <T>(where: string, body: unknown = {}, options?: Ask) => ask<T>('POST', where, body, options),
  put: <T>(where: string, body: unknown, options?: Ask) => ask<T>('PUT', where, body, options),
  upload: <T>(where: string, bytes: Blob, type: string) => ask<T>('PUT', where, bytes, { headers: { 'Content-Type': type } }),
  patch: <T>(where: string, body: unknown, options?: Ask) => ask<T>('PATCH', where, body, options),
  delete: <T>(where: string, body?: unknown, options?: Ask) => ask<T>('DELETE', where, body, options),
};
