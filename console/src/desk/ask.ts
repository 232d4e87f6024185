// Asks why before something is decided; what is said is kept on record. Empty: called off.
import { ElMessageBox } from 'element-plus/es/components/message-box/index.mjs';
import 'element-plus/es/components/message-box/style/css';
import 'element-plus/es/components/input/style/css';
import { t } from '@/base/i18n';

export async function askWhy(title: string, lead = ''): Promise<string> {
  const options = { confirmButtonText: t('do.confirm'), cancelButtonText: t('do.cancel'), inputType: 'textarea', inputValidator: (text: string) => (text?.trim() ? true : t('queue.whyNeeded')) };
  try {
    const answer = (await ElMessageBox.prompt(`${lead} ${t('queue.why')}`.trim(), title, options)) as { value: string };
    return answer.value.trim().slice(0, 200);
  } catch { return ''; }
}
