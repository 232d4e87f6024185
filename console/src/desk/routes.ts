import type { RouteRecordRaw } from 'vue-router';
export const deskRoutes: RouteRecordRaw[] = [];
