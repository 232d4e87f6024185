// A trunk as the API tells it.
import type { Action } from '@/base/types';
export interface Trunk {
  name: string; calls_24h: number; touched_24h: number; calls_s: number; touched_s: number; last?: string | null;
  campaigns?: { id: number; name: string | null; state: string; category: string; shape: string; calls_1d: number; last: string | null }[];
  hours?: { time: string; calls: number; touched: number }[];
  calls?: { token: string; time: string; caller: string | null; callee?: string; action: Action; category: string }[];
}
export const shareOf = (trunk: Trunk): number | null => (trunk.calls_24h ? trunk.touched_24h / trunk.calls_24h : null);
