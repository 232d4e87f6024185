// An operator's word on a verdict, the same from the list of doubts and from the page of a call.
import { ElMessage } from 'element-plus/es/components/message/index.mjs';
import { api, ApiError, path } from '@/base/api';
import { failText } from '@/base/fail';
import { t } from '@/base/i18n';

export const WORDS = ['unwanted', 'wanted', 'right'] as const;
export type Word = (typeof WORDS)[number];

/** Says what came of it; whether it was taken. */
export async function review(token: string, verdict: Word): Promise<boolean> {
  try {
    await api.post(path('review', token), { verdict });
    ElMessage.success(t(verdict === 'right' ? 'review.kept' : 'review.done'));
    return true;
  } catch (error) {
    ElMessage.error(error instanceof ApiError && error.code === 'redress' ? t('review.waits') : failText(error));
    return false;
  }
}
