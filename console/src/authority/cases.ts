// A case as the API tells it.
export interface Case { id: string; number?: string; title?: string; category: string; network?: string; firm?: string | null; state: string; opened?: string; time?: string; changed?: string; updated?: string; reports?: number | { number: string; time: string; category: string; pseudonym?: string }[]; campaign?: string | number | null; history?: { time: string; who?: string; state?: string; zh?: string; en?: string; words?: string; note?: string }[] }
export const STATES = ['open', 'investigating', 'answered', 'closed'];
