// Who is signed in. Asked once at the start; the roles decide which part of the console is home.
import { computed, ref } from 'vue';
import { api, setCsrf } from './api';
import { language, setLanguage, wasChosen, type Language } from './i18n';
import type { Role, Session, User } from './types';

export const user = ref<User | null>(null);
let asked: Promise<void> | null = null;

export function take(session: Session): void {
  user.value = session.user;
  setCsrf(session.csrf);
  // "zh" is also what an account has that never chose: only "en" says something here.
  if (!wasChosen() && session.user.language === 'en' && language.value !== 'en') void setLanguage('en', false);
}

/** A language chosen by hand; the account remembers it for other devices. */
export async function chooseLanguage(tongue: Language): Promise<void> {
  await setLanguage(tongue);
  if (user.value) await api.put('/v1/session/language', { language: tongue }, { quiet: true }).catch(() => {});
}

/** Asks the server once whether a session is there. */
export function known(): Promise<void> {
  asked ??= api.get<Session>('/v1/session', { quiet: true }).then(take, () => { user.value = null; });
  return asked;
}

export function forget(): void {
  user.value = null;
  setCsrf('');
}

export async function signOut(): Promise<void> {
  try { await api.delete('/v1/session'); } finally { forget(); }
}

export function homeOf(role: Role | undefined): string {
  if (role === undefined) return '/signin';
  if (role === 'subscriber') return '/me';
  return role === 'authority' ? '/authority/cases' : role === 'auditor' ? '/desk/audit' : '/desk/live';
}

export function may(...roles: Role[]): boolean { return user.value !== null && roles.includes(user.value.role); }
export const mayChange = computed(() => may('operator', 'admin'));
