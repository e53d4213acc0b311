import { expect, it } from 'vitest';
import { priced, priceOf } from './prices.ts';

it('a price is found by the longest beginning of the name that fits, ours before the list', () => {
  expect(priceOf('claude-opus-4-5-20251101', {})?.input).toBe(5);
  expect(priceOf('claude-opus-4-1', {})?.input).toBe(15);
  expect(priceOf('openai/GPT-5-mini', {})?.output).toBe(2);
  const own = { gpt: { input: 1, cached: 1, output: 1 }, 'GPT-5-mini': { input: 7, cached: 1, output: 1 } };
  expect(priceOf('gpt-5-mini', own)?.input).toBe(7);
  expect(priceOf('gpt-5', own)?.input).toBe(1);
  expect(priceOf('llama', own)).toBeUndefined();
});

it('tokens from a cache cost less, and a model without a price costs nobody knows what', () => {
  const usage = { model: 'gpt-5', input_tokens: 1_000_000, cache_read_tokens: 400_000, output_tokens: 1000 };
  expect(priced(usage, {})).toEqual({ cost_micros: 750_000 + 50_000 + 10_000, source: 'prices' });
  expect(priced({ ...usage, model: 'llama' }, {})).toEqual({ cost_micros: null, source: 'unknown' });
});
