import { createApp } from 'vue';
import App from './App.vue';
import { whenSignedOut } from './base/api';
import { i18n, startLanguage } from './base/i18n';
import { forget, known } from './base/session';
import { startTheme } from './base/theme';
import './base/style.css';
import { router } from './router';

startTheme();
// What the first page needs comes side by side, not one after the other: who is signed in, its script, the words.
void known();
for (const record of router.resolve(location.hash.slice(1) || '/').matched)
  for (const part of Object.values(record.components ?? {})) if (typeof part === 'function') void (part as () => Promise<unknown>)();
whenSignedOut(() => {
  forget();
  const back = router.currentRoute.value.fullPath;
  if (!back.startsWith('/signin')) void router.replace({ path: '/signin', query: { back } });
});
void startLanguage().then(() => createApp(App).use(i18n).use(router).mount('#app'));
