import type { Millis, RunId, TaskId } from './ids.ts';

/** Who says what it cost: the agent itself, our table of prices, or nobody. */
export const usageSources = ['agent', 'prices', 'unknown'] as const;

/** What a run has used of one model. */
export interface Usage {
  readonly model: string;
  /** Those read from a cache, and those written to one, included. */
  readonly input_tokens: number;
  /** Those of reasoning included. */
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
  readonly reasoning_tokens: number;
  /** Millionths of a US dollar, so that they add up; `null` when nobody knows a price. */
  readonly cost_micros: number | null;
  readonly source: (typeof usageSources)[number];
}

/** What spending can be summed by; a day is one of UTC, by the last figure of a run. */
export const spendingGroups = ['task', 'profile', 'model', 'day', 'run', 'board'] as const;
export type SpendingGroup = (typeof spendingGroups)[number];

export interface SpendingFilter {
  readonly by: SpendingGroup;
  readonly run_id?: RunId | undefined;
  readonly task_id?: TaskId | undefined;
  /** With all that depends on the task, however far. */
  readonly tree?: boolean | undefined;
  /** Only runs whose last figure came at that time or later. */
  readonly since?: Millis | undefined;
}

/** One sum. */
export interface Spending {
  /** A task, a profile, a model, a run, or a day as `2026-11-26`; `all` for the board. */
  readonly key: string;
  readonly runs: number;
  readonly input_tokens: number;
  readonly cache_read_tokens: number;
  readonly output_tokens: number;
  /** Millionths of a US dollar. */
  readonly cost_micros: number;
  /** Tokens of which nobody knows what they cost. */
  readonly unpriced_tokens: number;
}

/** The day of UTC as `2026-11-26`. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** `$12.30`; more digits for less than ten cents, because most runs cost less. */
export function moneyText(micros: number): string {
  const dollars = micros / 1_000_000;
  return `$${dollars.toFixed(dollars !== 0 && dollars < 0.1 ? 4 : 2)}`;
}

/** `950`, `12.3k`, `4.5M` tokens. */
export function tokensText(tokens: number): string {
  if (tokens < 1000) return String(tokens);
  return tokens < 999_950 ? `${(tokens / 1000).toFixed(1)}k` : `${(tokens / 1_000_000).toFixed(1)}M`;
}

/** A sum in words: `$0.1200 (3.1k in, 1.4k of it cached, 120 out)`. */
export function spendingText(sum: Omit<Spending, 'key' | 'runs'>): string {
  const cached = sum.cache_read_tokens === 0 ? '' : `, ${tokensText(sum.cache_read_tokens)} of it cached`;
  const tokens = `${tokensText(sum.input_tokens)} in${cached}, ${tokensText(sum.output_tokens)} out`;
  if (sum.unpriced_tokens === 0) return `${moneyText(sum.cost_micros)} (${tokens})`;
  return sum.cost_micros === 0
    ? `${tokens}; nobody knows the price`
    : `at least ${moneyText(sum.cost_micros)} (${tokens}; the price of ${tokensText(sum.unpriced_tokens)} is not known)`;
}
