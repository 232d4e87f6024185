// What a page loads: the value, whether it is on its way, what went wrong; and the next pages of a list.
import { onMounted, ref, shallowRef, type Ref } from 'vue';
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

/** A list that grows page by page. */
export function useList<T>(where: () => string, query: () => Record<string, string | number | boolean | undefined> = () => ({}), atOnce = true) {
  const items = ref([]) as Ref<T[]>;
  const next = ref<string | undefined>(), busy = ref(false), fault = ref(''), ready = ref(false);
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
      ready.value = true;
    } catch (error) {
      if (mine === turn) fault.value = failText(error);
    } finally {
      if (mine === turn) busy.value = false;
    }
  }
  const load = (): Promise<void> => fetchPage();
  const more = (): Promise<void> => fetchPage(next.value);
  if (atOnce) onMounted(load);
  return { items, next, busy, fault, ready, load, more };
}
