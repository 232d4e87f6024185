import { createApp } from 'vue';
import App from './App.vue';
import { whenSignedOut } from './base/api';
import { i18n, startLanguage } from './base/i18n';
import { forget } from './base/session';
import { startTheme } from './base/theme';
import './base/style.css';
import { router } from './router';

startTheme();
whenSignedOut(() => {
  forget();
  const back = router.currentRoute.value.fullPath;
  if (!back.startsWith('/signin')) void router.replace({ path: '/signin', query: { back } });
});
void startLanguage().then(() => createApp(App).use(i18n).use(router).mount('#app'));
