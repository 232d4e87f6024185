// Light or dark: as the system has it, or as chosen. Element Plus reads the class "dark", Vant "van-theme-dark".
import { ref } from 'vue';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'anning.theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');
export const theme = ref<Theme>('system');
export const dark = ref(false);

function show(): void {
  dark.value = theme.value === 'dark' || (theme.value === 'system' && system.matches);
  const { classList } = document.documentElement;
  classList.toggle('dark', dark.value);
  classList.toggle('van-theme-dark', dark.value);
  classList.toggle('van-theme-light', !dark.value);
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', dark.value ? '#121815' : '#f5f7f4');
}

export function setTheme(wanted: Theme): void {
  theme.value = wanted;
  try { localStorage.setItem(KEY, wanted); } catch { /* then for this visit only */ }
  show();
}

export function startTheme(): void {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === 'light' || kept === 'dark') theme.value = kept;
  } catch { /* as the system has it */ }
  system.addEventListener('change', show);
  show();
}
