import { describe, expect, it } from 'vitest';
import { guessesTooOften, mostWrongCodes, normalCode, oneMoreWrong, wrongCodesRest } from './chat.ts';
import { asMillis } from './ids.ts';

describe('wrong codes', () => {
  const now = asMillis(1_000_000);
  const later = asMillis(now + wrongCodesRest);

  it('are counted, and after a while from the beginning', () => {
    const one = oneMoreWrong(undefined, now);
    expect(one).toEqual({ wrong: 1, since: now });
    expect(oneMoreWrong(one, asMillis(now + 1))).toEqual({ wrong: 2, since: now });
    expect(oneMoreWrong(one, later)).toEqual({ wrong: 1, since: later });
  });

  it('are too many for a while', () => {
    const many = { wrong: mostWrongCodes, since: now };
    expect(guessesTooOften(undefined, now)).toBe(false);
    expect(guessesTooOften({ ...many, wrong: mostWrongCodes - 1 }, now)).toBe(false);
    expect(guessesTooOften(many, now)).toBe(true);
    expect(guessesTooOften(many, later)).toBe(false);
  });
});

it('a code may be typed as one likes', () => {
  expect(normalCode(' ab2c-d3e4 ')).toBe('AB2CD3E4');
});
