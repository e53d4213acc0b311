import type { Usage } from './usage.ts';

/** US dollars for a million tokens. */
export interface Price {
  readonly input: number;
  /** Input that is read from a cache. */
  readonly cached: number;
  readonly output: number;
}
export type Prices = Readonly<Record<string, Price>>;

/**
 * Vendors' list prices as of August 2026, by the beginning of a model's name; the longest that fits counts. Prices change:
 * `prices:` of `andon.yaml` wins over them, and so does an agent that tells its cost itself.
 */
const listPrices: Prices = {
  'claude-opus-4': { input: 15, cached: 1.5, output: 75 },
  'claude-opus-4-5': { input: 5, cached: 0.5, output: 25 },
  'claude-sonnet-4': { input: 3, cached: 0.3, output: 15 },
  'claude-haiku-4': { input: 1, cached: 0.1, output: 5 },
  'gpt-5': { input: 1.25, cached: 0.125, output: 10 },
  'gpt-5-mini': { input: 0.25, cached: 0.025, output: 2 },
  'gpt-5-nano': { input: 0.05, cached: 0.005, output: 0.4 },
  'gemini-2.5-pro': { input: 1.25, cached: 0.31, output: 10 },
  'gemini-2.5-flash': { input: 0.3, cached: 0.075, output: 2.5 },
};

/** The price of a model, whatever stands before a slash in its name; `undefined` when nobody knows one. */
export function priceOf(model: string, own: Prices): Price | undefined {
  const name = model.toLowerCase().replace(/^.*\//, '');
  for (const prices of [own, listPrices]) {
    const fitting = Object.entries(prices).filter(([start]) => name.startsWith(start.toLowerCase()));
    const [best] = fitting.sort(([a], [b]) => b.length - a.length);
    if (best !== undefined) return best[1];
  }
  return undefined;
}

/** What tokens of a model cost, in millionths of a dollar: dollars for a million tokens are just that. */
export function priced(
  usage: Pick<Usage, 'model' | 'input_tokens' | 'cache_read_tokens' | 'output_tokens'>,
  own: Prices,
): Pick<Usage, 'cost_micros' | 'source'> {
  const price = priceOf(usage.model, own);
  if (price === undefined) return { cost_micros: null, source: 'unknown' };
  const fresh = usage.input_tokens - usage.cache_read_tokens;
  const cost =
    fresh * price.input + usage.cache_read_tokens * price.cached + usage.output_tokens * price.output;
  return { cost_micros: Math.round(cost), source: 'prices' };
}
