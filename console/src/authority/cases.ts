// A case as the API tells it.
import { operator, phone } from '@/base/show';
import { named, t } from '@/base/i18n';

export interface Routed { to: string; time: string | null; state: string }
export interface Case {
  id: string; kind: string; subject: string; category: string; network: string; region: string; firm?: string | null; state: string; reports: number; complaint_count?: number;
  first: string; last: string; note: string; who: string | null; updated: string | null; server?: string | null; here?: boolean; routed?: Routed[];
  complaints?: { time: string; caller: string; callee: string | null; category: string; token: string | null; source?: string; id?: string | null; words?: string | null }[];
}
export const STATES = ['new', 'open', 'asked', 'answered', 'closed'];
export const titleOf = (one: Case): string => (one.kind === 'campaign' ? t('campaign.unnamed', { id: one.subject }) : `${named('cases.kind', one.kind)} ${one.kind === 'number' ? phone(one.subject) : one.subject}`);
export const networkOf = (one: { network: string }): string => operator(one.network) || '—';
