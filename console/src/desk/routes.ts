// The pages of the desk and of the authority, and who may open them.
import type { RouteRecordRaw } from 'vue-router';
import type { Role } from '@/base/types';

const STAFF: Role[] = ['agent', 'operator', 'admin'];
const READERS: Role[] = ['agent', 'operator', 'auditor', 'admin'];
const desk = (path: string, title: string, roles: Role[], page: RouteRecordRaw['component']): RouteRecordRaw =>
  ({ path, component: page, meta: { title, roles } }) as RouteRecordRaw;

export const deskRoutes: RouteRecordRaw[] = [
  {
    path: '/desk', component: () => import('./Frame.vue'), meta: { part: 'desk' }, redirect: '/desk/live',
    children: [
      desk('live', 'desk.live', STAFF, () => import('./Live.vue')),
      desk('campaigns', 'desk.campaigns', STAFF, () => import('./Campaigns.vue')),
      desk('campaigns/:id', 'desk.campaign', STAFF, () => import('./CampaignPage.vue')),
      desk('numbers/:number?', 'desk.number', STAFF, () => import('./NumberPage.vue')),
      desk('calls/:token', 'desk.call', STAFF, () => import('./CallPage.vue')),
      desk('trunks', 'desk.trunks', STAFF, () => import('./Trunks.vue')),
      desk('trunks/:name', 'desk.trunk', STAFF, () => import('./TrunkPage.vue')),
      desk('dryrun', 'desk.dryrun', STAFF, () => import('./DryRun.vue')),
      desk('review', 'desk.review', STAFF, () => import('./Review.vue')),
      desk('redress', 'desk.redress', STAFF, () => import('./RedressQueue.vue')),
      desk('subscribers/:number?', 'desk.subscribers', STAFF, () => import('./Subscribers.vue')),
      desk('models', 'desk.models', STAFF, () => import('./Models.vue')),
      desk('health', 'desk.health', READERS, () => import('./Health.vue')),
      desk('users', 'desk.users', ['admin'], () => import('./Users.vue')),
      desk('keys', 'desk.keys', ['admin'], () => import('./Keys.vue')),
      desk('audit', 'desk.audit', ['auditor', 'admin'], () => import('./Audit.vue')),
      desk('account', 'desk.account', [], () => import('./Account.vue')),
    ],
  },
  {
    path: '/authority', component: () => import('./Frame.vue'), meta: { part: 'authority' }, redirect: '/authority/cases',
    children: [
      desk('statistics', 'authority.statistics', ['authority', 'admin'], () => import('../authority/Statistics.vue')),
      desk('cases', 'authority.cases', ['authority', 'admin'], () => import('../authority/Cases.vue')),
      desk('cases/:id', 'authority.case', ['authority', 'admin'], () => import('../authority/CasePage.vue')),
      desk('complaints', 'authority.complaints', ['authority', 'operator', 'admin'], () => import('../authority/Complaints.vue')),
      desk('routes', 'authority.routes', ['authority', 'operator', 'admin'], () => import('../authority/RoutesPage.vue')),
      desk('exports', 'authority.exports', ['authority', 'admin'], () => import('../authority/Exports.vue')),
    ],
  },
];
