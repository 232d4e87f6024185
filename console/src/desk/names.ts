// Names and links that several pages of the desk use.
import { language, t } from '@/base/i18n';
import { regionName } from '@/base/regions';
import { phone } from '@/base/show';
import type { Campaign } from '@/base/types';

export const campaignName = (campaign: { id: string | number; name?: string | null }): string => campaign.name || t('campaign.unnamed', { id: campaign.id });
export const to = (place: string, id: string | number): string => `/desk/${place}/${encodeURIComponent(String(id))}`;
export const place = (code: string | null | undefined): string => regionName(code, language.value) || '—';
export const callerText = (number: string | null | undefined): string => (number ? phone(number) : '—');
export const hostile = (campaign: Pick<Campaign, 'state'>): boolean => campaign.state === 'hostile';
