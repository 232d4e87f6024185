// A trunk as the API tells it.
export interface Trunk {
  name: string; calls?: number; calls_24h?: number; calls_s?: number; touched?: number; touched_24h?: number; allow?: number; label?: number; screen?: number; block?: number;
  fresh?: number; refused?: number; holes?: number; short?: number; answered?: number;
  shapes?: { shape: string; calls: number; share?: number }[]; campaigns?: { id: string | number; name?: string; category?: string; state?: string; calls_1d?: number }[]; hours?: { time: string }[]; timeline?: { time: string }[];
}
export function shareOf(trunk: Trunk): number | null {
  const all = trunk.calls_24h ?? trunk.calls, touched = trunk.touched_24h ?? trunk.touched ?? (trunk.block === undefined ? undefined : (trunk.label ?? 0) + (trunk.screen ?? 0) + trunk.block);
  return all && touched !== undefined ? touched / all : null;
}
