// An error as one plain sentence in the reader's language. The server's own message is kept where we know no better.
import { ApiError } from './api';
import { t } from './i18n';

export function failText(error: unknown): string {
  if (!(error instanceof ApiError)) return t('fail.other', { why: error instanceof Error ? error.message : String(error) });
  if (error.code === 'no_gateway') return t('fail.noGateway');
  if (error.status === 0) return t('fail.unreachable');
  if (error.status === 429 || error.status === 503) return t('fail.busy', { seconds: error.retryAfter || 10 });
  if (error.status === 403) return t('fail.forbidden');
  if (error.status === 404) return t('fail.missing');
  return t('fail.other', { why: error.message });
}
