// Every page by its address, so that a link can be shared. A part is loaded when its first page is opened.
import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router';
import { language, needWords, t, type Part } from './base/i18n';
import { homeOf, known, user } from './base/session';
import type { Role } from './base/types';
import { watch } from 'vue';
import { deskRoutes } from './desk/routes';

declare module 'vue-router' {
  interface RouteMeta { part?: Part; roles?: Role[]; open?: boolean; title?: string }
}

const me = (path: string, title: string, page: RouteRecordRaw['component']): RouteRecordRaw =>
  ({ path, component: page, meta: { title } }) as RouteRecordRaw;

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: () => homeOf(user.value?.role) },
  { path: '/signin', component: () => import('./sign/SignIn.vue'), meta: { open: true, part: 'phone', title: 'sign.title' } },
  { path: '/first/:token', component: () => import('./sign/First.vue'), meta: { open: true, part: 'phone', title: 'sign.first' } },
  { path: '/password/:token', component: () => import('./sign/First.vue'), meta: { open: true, part: 'phone', title: 'sign.choosePassword' } },
  { path: '/redress/:token', component: () => import('./redress/Redress.vue'), meta: { open: true, part: 'phone', title: 'redress.title' } },
  { path: '/standing', component: () => import('./redress/Standing.vue'), meta: { open: true, part: 'phone', title: 'standing.title' } },
  {
    path: '/me', component: () => import('./phone/Frame.vue'), meta: { part: 'phone', roles: ['subscriber'] },
    children: [
      me('', 'me.home', () => import('./phone/Home.vue')),
      me('calls', 'me.calls', () => import('./phone/Calls.vue')),
      me('reports', 'me.reports', () => import('./phone/Reports.vue')),
      me('reports/:id', 'me.report', () => import('./phone/ReportPage.vue')),
      me('settings', 'me.settings', () => import('./phone/SettingsHome.vue')),
      me('settings/categories', 'set.categories', () => import('./phone/Categories.vue')),
      me('settings/hours', 'set.hours', () => import('./phone/HoursPage.vue')),
      me('settings/ranges', 'set.ranges', () => import('./phone/Ranges.vue')),
      me('settings/regions', 'set.regions', () => import('./phone/RegionsPage.vue')),
      me('settings/contacts', 'set.contacts', () => import('./phone/People.vue')),
      me('settings/blocked', 'set.blocked', () => import('./phone/People.vue')),
      me('data', 'me.data', () => import('./phone/MyData.vue')),
    ],
  },
  ...deskRoutes,
  { path: '/:rest(.*)*', component: () => import('./sign/Lost.vue'), meta: { open: true, part: 'phone', title: 'lost.title' } },
];

export const router = createRouter({ history: createWebHashHistory(), routes, scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 } });

router.beforeEach(async (to) => {
  const wanted = [...new Set(to.matched.flatMap((record) => record.meta.part ?? []))];
  if (wanted.includes('authority')) wanted.push('desk');
  else if (wanted.includes('desk')) wanted.push('authority'); // its pages are named in the desk's menu
  const words = needWords('common', ...wanted);
  await known();
  await words;
  if (to.path === '/') return homeOf(user.value?.role);
  if (to.meta.open) return true;
  if (user.value === null) return { path: '/signin', query: { back: to.fullPath } };
  const allowed = to.matched.every((record) => !record.meta.roles?.length || record.meta.roles.includes(user.value!.role));
  return allowed ? true : homeOf(user.value.role);
});

function entitle(): void {
  const title = router.currentRoute.value.meta.title;
  const name = t('name');
  document.title = title ? `${t(title)} · ${name}` : name;
}
router.afterEach(entitle);
watch(language, entitle);
