// The subscriber's settings, one copy for all phone pages. A change is shown at once, sent whole with the version it
// was made on, and taken back when the server refuses it.
import { ref } from 'vue';
import { showToast } from 'vant/es/toast';
import 'vant/es/toast/style';
import { api, ApiError, path } from '@/base/api';
import { failText } from '@/base/fail';
import { t } from '@/base/i18n';
import type { Expecting, Settings } from '@/base/types';

export const settings = ref<Settings | null>(null);
export const fault = ref('');
const WHERE = path('subscribers', 'me', 'settings');
let sending: Promise<boolean> = Promise.resolve(true);

export async function loadSettings(): Promise<void> {
  fault.value = '';
  try { settings.value = await api.get<Settings>(WHERE); } catch (error) { fault.value = failText(error); }
}

async function send(change: (copy: Settings) => void): Promise<boolean> {
  const before = settings.value;
  if (before === null) return false;
  const copy = JSON.parse(JSON.stringify(before)) as Settings;
  change(copy);
  settings.value = copy;
  try {
    const { expecting: _expecting, version, updated: _updated, ...body } = copy;
    settings.value = { ...copy, ...(await api.put<Settings>(WHERE, body, { headers: { 'If-Match': String(version) } })) };
    return true;
  } catch (error) {
    settings.value = before;
    const stale = error instanceof ApiError && error.status === 409;
    if (stale) await loadSettings();
    showToast({ message: stale ? t('fail.changed') : failText(error), duration: 4000 });
    return false;
  }
}

/** One change after the other, so that each is made on the version the last one got. */
export function change(how: (copy: Settings) => void): Promise<boolean> {
  sending = sending.then(() => send(how));
  return sending;
}

export async function expect(kind: string, hours: number, words: string): Promise<void> {
  await api.post<Expecting>(path('subscribers', 'me', 'expecting'), { kind, hours, words });
  await loadSettings(); // its version counts on, and the next change is made on it
}

export async function expectNoMore(id: string): Promise<void> {
  await api.delete(path('subscribers', 'me', 'expecting', id));
  await loadSettings();
}
