import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('a duration is read', () => {
  it.each([
    ['90', 90],
    ['90s', 90],
    ['15m', 900],
    ['2h', 7200],
    ['1d', 86_400],
    [' 15 M ', 900],
  ])('%s as %i seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });
  it.each(['', '0', '0m', '-1', '1.5h', '15 min', 'soon', '1h 30m', '9'.repeat(20), '9007199254740991d'])(
    'not from "%s"',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe('a length of time is written', () => {
  it.each([
    [0, '0 ms'],
    [850.4, '850 ms'],
    [999.6, '1 s'],
    [42_000, '42 s'],
    [59_600, '1m'],
    [195_000, '3m 15s'],
    [3_600_000, '1h'],
    [4_980_000, '1h 23m'],
    [86_400_000 + 60_000, '1d'],
    [187_200_000, '2d 4h'],
  ])('%d ms as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
  it('in units of which each reads back, and loses less than its smaller unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (seconds) => {
        const parts = formatDuration(seconds * 1000)
          .replace(' s', 's')
          .split(' ');
        const read = parts.map((part) => parseDuration(part) ?? Number.NaN);
        const total = read.reduce((sum, part) => sum + part, 0);
        expect(parts.length).toBeLessThanOrEqual(2);
        expect(total).toBeLessThanOrEqual(seconds);
        expect(seconds - total).toBeLessThan(total >= 86_400 ? 3600 : 60);
      }),
    );
  });
  it('never as the 1000 of a unit that the next one should say', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (milliseconds) => {
        expect(formatDuration(milliseconds)).not.toMatch(/\b1000 ms|\b60 ?s|\b60m|\b24h/);
      }),
    );
  });
});
