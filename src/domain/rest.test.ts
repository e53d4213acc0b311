import { describe, expect, it } from 'vitest';
import { fingerprint, isSystemic, type Trouble } from './fault.ts';
import { asMillis, asTaskId } from './ids.ts';
import { type Rest, restAfter } from './rest.ts';

const now = asMillis(1_000_000_000);
const rested = (
  kind: Trouble,
  own: { until?: number; before?: Pick<Rest, 'until' | 'strikes'>; cooldown?: number } = {},
) => {
  const { until, before, cooldown } = own;
  const excused = { kind, until: until === undefined ? null : asMillis(until), error: '' };
  return restAfter(excused, before, now, cooldown);
};
const over = (strikes: number) => ({ before: { until: asMillis(now - 1), strikes } });
const seconds = (kind: Trouble, strikes: number, cooldown?: number) => {
  const options = { ...over(strikes - 1), ...(cooldown !== undefined && { cooldown }) };
  return (rested(kind, options).until - now) / 1000;
};

describe('a rest', () => {
  it.each<[Trouble, readonly number[]]>([
    ['rate_limit', [300, 1200, 3600, 3600]],
    ['quota', [3600, 14_400, 21_600, 21_600]],
    ['overload', [30, 120, 480, 600]],
    ['auth', [300, 1200, 4800, 19_200, 21_600]],
    ['host', [5, 20, 80, 320, 600]],
    ['systemic', [60, 240, 960, 3600]],
  ])('after %s grows and is finite: %j s', (kind, rests) => {
    expect(rests.map((_, strike) => seconds(kind, strike + 1))).toEqual(rests);
    expect(seconds(kind, 50)).toBe(rests.at(-1));
  });
  it('of a rate limit begins with what the settings say, also when that is longer', () => {
    expect(seconds('rate_limit', 1, 7)).toBe(7);
    expect(seconds('rate_limit', 2, 7)).toBe(28);
    expect(seconds('rate_limit', 3, 7200)).toBe(7200);
    expect(seconds('rate_limit', 1, 0)).toBe(0);
  });
  it('lasts until the time that the provider named', () => {
    const until = now + 86_400_000;
    expect(rested('quota', { until })).toEqual({ until, strikes: 1 });
    expect(rested('rate_limit', { until, ...over(3) })).toEqual({ until, strikes: 4 });
  });
  it.each([
    ['past', now - 1],
    ['now', now],
    ['further than any limit', now + 9 * 86_400_000],
  ])('takes a time that is %s for a mistake', (_, until) => {
    expect(rested('overload', { until })).toEqual({ until: now + 30_000, strikes: 1 });
  });
  it('that is on its way already is not one more strike, but may be made longer', () => {
    const before = { until: asMillis(now + 60_000), strikes: 2 };
    expect(rested('quota', { before })).toEqual(before);
    expect(rested('quota', { before, until: now + 90_000 })).toEqual({ until: now + 90_000, strikes: 2 });
    expect(rested('quota', { before, until: now + 30_000 })).toEqual(before);
  });
});

describe('crashes that are alike', () => {
  const crash = (task: string, error: string | null) => ({ task_id: asTaskId(task), error });
  const exit = 'The worker exited with code 3.';

  it('are compared by what does not change from one to the next', () => {
    expect(fingerprint('Pid 4711 died at 1795251600123')).toBe(fingerprint('pid 12 died at 1795251699999'));
    expect(fingerprint('exit 3')).not.toBe(fingerprint('exit 4'));
    expect(fingerprint(`${'x'.repeat(80)}a`)).toBe(fingerprint(`${'X'.repeat(80)}b`));
    expect(fingerprint(null)).toBe('');
  });
  it('are a series when they are of three tasks', () => {
    const two = [crash('t_1', exit), crash('t_2', exit)];
    expect(isSystemic(crash('t_3', exit), two, null)).toBe(true);
    expect(isSystemic(crash('t_2', exit), two, null)).toBe(false);
    expect(isSystemic(crash('t_3', 'another'), two, null)).toBe(false);
    expect(isSystemic(crash('t_3', exit), [crash('t_1', exit), crash('t_2', null)], null)).toBe(false);
  });
  it('go on being one while their profile rests for it', () => {
    expect(isSystemic(crash('t_3', exit), [], exit)).toBe(true);
    expect(isSystemic(crash('t_3', exit), [], 'another')).toBe(false);
  });
});
