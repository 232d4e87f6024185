// Quarters, newest first: 2026Q4, 2026Q3 ...
export function quarters(n = 8, from = new Date()): string[] {
  const first = from.getFullYear() * 4 + Math.floor(from.getMonth() / 3);
  return Array.from({ length: n }, (_, i) => `${Math.floor((first - i) / 4)}Q${((first - i) % 4) + 1}`);
}
