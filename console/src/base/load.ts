// What a page loads: the value, whether it is on its way, what went wrong; and the next pages of a list.
import { onMounted, onUnmounted, ref, shallowRef, type Ref } from 'vue';
import { api } from './api';
import { failText } from './fail';
import type { List } from './types';

export interface Loaded<T> { value: Ref<T | null>; busy: Ref<boolean>; fault: Ref<string>; load: () => Promise<void> }

export function useLoad<T>(fetcher: () => Promise<T>, atOnce = true): Loaded<T> {
  const value = shallowRef<T | null>(null) as Ref<T | null>;
  const busy = ref(false), fault = ref('');
  let turn = 0;
  async function load(): Promise<void> {
    const mine = ++turn;
    busy.value = true;
    fault.value = '';
    try {
      const got = await fetcher();
      if (mine === turn) value.value = got;
    } catch (error) {
      if (mine === turn) fault.value = failText(error);
    } finally {
      if (mine === turn) busy.value = false;
    }
  }
  if (atOnce) onMounted(load);
  return { value, busy, fault, load };
}

/** Again and again while somebody looks at the page, and at once when it is looked at again. */
export function useEvery(milliseconds: number, what: () => unknown): void {
  const look = (): void => { if (document.visibilityState === 'visible') void what(); };
  let timer = 0;
  onMounted(() => {
    timer = window.setInterval(look, milliseconds);
    document.addEventListener('visibilitychange', look);
  });
  onUnmounted(() => {
    window.clearInterval(timer);
    document.removeEventListener('visibilitychange', look);
  });
}

/** A list that grows page by page. */
export function useList<T>(where: () => string, query: () => Record<string, string | number | boolean | undefined> = () => ({})) {
  const items = ref([]) as Ref<T[]>;
  const next = ref<string | undefined>(), busy = ref(false), fault = ref(''), ready = ref(false);
  const answer = shallowRef<List<T> | null>(null); // the first page, with what the server says of the whole
  let turn = 0;
  async function fetchPage(cursor?: string): Promise<void> {
    const mine = ++turn;
    busy.value = true;
    fault.value = '';
    try {
      const got = await api.get<List<T>>(where(), { query: { ...query(), cursor } });
      if (mine !== turn) return;
      items.value = cursor ? [...items.value, ...got.items] : got.items;
      next.value = got.next;
      if (!cursor) answer.value = got;
      ready.value = true;
    } catch (error) {
      if (mine === turn) fault.value = failText(error);
    } finally {
      if (mine === turn) busy.value = false;
    }
  }
  /** What is new at the top, with what was shown left where it is; in silence, for nobody asked for it. */
  async function renew(keyOf: (item: T) => string): Promise<void> {
    const mine = turn;
    if (busy.value || !ready.value) return;
    try {
      const got = await api.get<List<T>>(where(), { query: query() });
      if (mine !== turn) return;
      answer.value = got;
      const fresh = new Map(got.items.map((item) => [keyOf(item), item])), known = new Set(items.value.map(keyOf));
      const added = got.items.filter((item) => !known.has(keyOf(item)));
      if (added.length === got.items.length) { // more than a page came since: begin anew
        items.value = got.items;
        next.value = got.next;
      } else items.value = [...added, ...items.value.map((item) => fresh.get(keyOf(item)) ?? item)];
      fault.value = '';
    } catch { /* the next time, then */ }
  }
  const load = (): Promise<void> => fetchPage();
  const more = (): Promise<void> => fetchPage(next.value);
  onMounted(load);
  return { items, next, busy, fault, ready, answer, load, more, renew };
}
