// Charts of calls by verdict, stacked over time; and what /v1/stats may look like, read forgivingly.
import { t } from '@/base/i18n';
import { when } from '@/base/show';

export interface Point { time: string; allow?: number; label?: number; screen?: number; block?: number; calls?: number }
interface Raw { hours?: { time: string; calls: number; touched: number }[]; items?: Point[]; series?: Point[] | Record<string, number[]>; points?: Point[]; times?: string[] }

export function pointsOf(raw: Raw | Point[] | null): Point[] {
  if (raw === null) return [];
  if (Array.isArray(raw)) return raw;
  if (raw.hours) return raw.hours.map((hour) => ({ time: hour.time, calls: hour.calls }));
  const list = raw.items ?? raw.points ?? (Array.isArray(raw.series) ? raw.series : undefined);
  if (list) return list;
  const columns = (raw.series ?? {}) as Record<string, number[]>;
  return (raw.times ?? []).map((time, i) => ({ time, allow: columns.allow?.[i], label: columns.label?.[i], screen: columns.screen?.[i], block: columns.block?.[i] }));
}

const time = (text: string): string => when(text, { hour: '2-digit', minute: '2-digit', hour12: false });

export function stacked(points: Point[], { bars = false } = {}): Record<string, unknown> {
  const keys = ['allow', 'label', 'screen', 'block'] as const;
  return {
    legend: { data: keys.map((key) => t(`action.${key}`)) },
    xAxis: { type: 'category', data: points.map((point) => time(point.time)), boundaryGap: bars, axisLabel: { hideOverlap: true, ...(bars ? {} : { alignMinLabel: 'left', alignMaxLabel: 'right' }) } },
    yAxis: { type: 'value', minInterval: 1 },
    series: keys.map((key) => ({ name: t(`action.${key}`), type: bars ? 'bar' : 'line', stack: 'calls', symbol: 'none', lineStyle: { width: 1 }, areaStyle: bars ? undefined : { opacity: key === 'allow' ? 0.25 : 0.75 }, barCategoryGap: '25%', data: points.map((point) => point[key] ?? 0) })),
  };
}

const GAP_MS = 2500;
/** The last `span` seconds, always as wide: what was not seen is left empty, and nothing bridges it. Areas only: the line of
 * the topmost would draw the total in its colour. */
export function rolling(points: Point[], span: number): Record<string, unknown> {
  const base = stacked(points) as { series: { data: number[] }[] } & Record<string, unknown>;
  const times = points.map((point) => new Date(point.time).getTime()), last = times.at(-1) ?? Date.now();
  return {
    ...base,
    xAxis: { type: 'time', min: last - 1000 * span, max: last, minInterval: 60_000, maxInterval: 60_000, axisLabel: { hideOverlap: true, formatter: '{HH}:{mm}' } },
    series: base.series.map((one) => ({ ...one, lineStyle: { width: 0 }, areaStyle: { opacity: 1 }, connectNulls: false, data: one.data.flatMap((value, i) => (i > 0 && times[i] - times[i - 1] > GAP_MS ? [[times[i - 1] + 1, null], [times[i] - 1, null], [times[i], value]] : [[times[i], value]])) })),
  };
}

export function single(points: { time: string; calls?: number }[], name: string, withDay = false): Record<string, unknown> {
  return {
    xAxis: { type: 'category', data: points.map((point) => (withDay ? when(point.time, { month: 'numeric', day: 'numeric', hour: '2-digit', hour12: false }) : time(point.time))) },
    yAxis: { type: 'value', minInterval: 1 },
    series: [{ name, type: 'bar', barCategoryGap: '25%', data: points.map((point) => point.calls ?? 0) }],
  };
}

/** Calls by the hour, and how many of them were touched. */
export function parts(hours: { time: string; calls: number; touched: number }[]): Record<string, unknown> {
  const names = [t('action.allow'), t('col.touched')];
  const bar = (name: string, data: number[]): object => ({ name, type: 'bar', stack: 'calls', barCategoryGap: '25%', data });
  return {
    legend: { data: names },
    xAxis: { type: 'category', data: hours.map((hour) => when(hour.time, { month: 'numeric', day: 'numeric', hour: '2-digit', hour12: false })) },
    yAxis: { type: 'value', minInterval: 1 },
    series: [bar(names[0], hours.map((hour) => hour.calls - hour.touched)), bar(names[1], hours.map((hour) => hour.touched))],
  };
}
