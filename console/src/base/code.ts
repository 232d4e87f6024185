// Asking the server to send a code to a number.
import { api, ApiError } from './api';

/** Whether one is on its way; false: this server can send none, and the page says so in place of that. */
export async function askCode(where: string, body: object): Promise<boolean> {
  try { await api.post(where, body, { quiet: true }); } catch (error) {
    if (error instanceof ApiError && error.code === 'no_gateway') return false;
    throw error;
  }
  return true;
}
