// Names and links that several pages of the desk use.
import { language, named, t } from '@/base/i18n';
import { regionName } from '@/base/regions';
import { count, phone } from '@/base/show';
import type { Campaign } from '@/base/types';

export const campaignName = (campaign: { id: string | number; name?: string | null }): string => campaign.name || t('campaign.unnamed', { id: campaign.id });
export const to = (place: string, id: string | number): string => `/desk/${place}/${encodeURIComponent(String(id))}`;
export const place = (code: string | null | undefined): string => regionName(code, language.value) || '—';
export const callerText = (number: string | null | undefined): string => (number ? phone(number) : '—');
/** The kind of a campaign, and whether it is only what most people reported. */
export const kindOf = (campaign: Pick<Campaign, 'category' | 'category_by'>): string => (campaign.category_by === 'reports' ? t('campaign.byReports', { kind: named('category', campaign.category) }) : named('category', campaign.category));
/** Verdicts that would change, a line each; the server tells of no others. */
export const changesText = (changes: Record<string, number> = {}): string[] => Object.entries(changes).map(([key, n]) => { const [from, after] = key.split('>'); return t('campaign.effectChange', { from: named('action', from), to: named('action', after), n: count(n) }); });
export const hostile = (campaign: Pick<Campaign, 'state'>): boolean => campaign.state === 'hostile';
