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
