import { expect, it } from 'vitest';
import { moneyText, spendingText, tokensText } from './usage.ts';

it('money has as many digits as it needs', () => {
  expect([0, 12, 99_999, 100_000, 12_345_678].map(moneyText)).toEqual([
    '$0.00',
    '$0.0000',
    '$0.1000',
    '$0.10',
    '$12.35',
  ]);
});

it('tokens are counted in thousands and millions', () => {
  expect([0, 999, 1000, 12_340, 999_949, 999_950, 4_500_000].map(tokensText)).toEqual([
    '0',
    '999',
    '1.0k',
    '12.3k',
    '999.9k',
    '1.0M',
    '4.5M',
  ]);
});

it('a sum says what is known of its price', () => {
  const sum = {
    input_tokens: 3100,
    cache_read_tokens: 1400,
    output_tokens: 120,
    cost_micros: 120_000,
    unpriced_tokens: 0,
  };
  expect(spendingText(sum)).toBe('$0.12 (3.1k in, 1.4k of it cached, 120 out)');
  expect(spendingText({ ...sum, cache_read_tokens: 0 })).toBe('$0.12 (3.1k in, 120 out)');
  expect(spendingText({ ...sum, cost_micros: 0, unpriced_tokens: 3220 })).toBe(
    '3.1k in, 1.4k of it cached, 120 out; nobody knows the price',
  );
  expect(spendingText({ ...sum, unpriced_tokens: 1000 })).toBe(
    'at least $0.12 (3.1k in, 1.4k of it cached, 120 out; the price of 1.0k is not known)',
  );
});
