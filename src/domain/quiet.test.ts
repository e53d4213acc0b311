import { describe, expect, it } from 'vitest';
import { asMillis } from './ids.ts';
import { type DeliveryPolicy, parseHours, releaseAt, sendableAt } from './quiet.ts';

const policy = (own: Partial<DeliveryPolicy>): DeliveryPolicy => ({
  zone: 'Europe/Berlin',
  quiet: undefined,
  digest_seconds: undefined,
  urgent: [],
  ...own,
});
/** Berlin is an hour ahead of UTC in November. */
const berlin = (clock: string, date = '2026-11-21') => asMillis(Date.parse(`${date}T${clock}+01:00`));
const night = { from: 22 * 60, to: 7 * 60 };

describe('a message is released', () => {
  it('at once when nobody said anything', () => {
    expect(releaseAt(policy({}), 'completed', berlin('23:15:00'))).toBe(berlin('23:15:00'));
  });

  it.each([
    ['21:59:59', '21:59:59', '2026-11-21'],
    ['22:00:00', '07:00:00', '2026-11-22'],
    ['23:15:10.250', '07:00:00', '2026-11-22'],
    ['03:00:00', '07:00:00', '2026-11-21'],
    ['07:00:00', '07:00:00', '2026-11-21'],
  ])('made at %s with quiet hours over midnight: at %s', (made, released, date) => {
    expect(releaseAt(policy({ quiet: night }), 'completed', berlin(made))).toBe(berlin(released, date));
  });

  it.each([
    ['12:30:00', '14:00:00'],
    ['11:59:59', '11:59:59'],
    ['14:00:00', '14:00:00'],
  ])('made at %s with quiet hours within a day: at %s', (made, released) => {
    const quiet = { from: 12 * 60, to: 14 * 60 };
    expect(releaseAt(policy({ quiet }), 'completed', berlin(made))).toBe(berlin(released));
  });

  it('in the machine’s own zone when none is said', () => {
    const local = new Date(2026, 10, 21, 23, 30).getTime();
    const released = releaseAt(policy({ zone: undefined, quiet: night }), 'completed', asMillis(local));
    expect(new Date(released).getHours()).toBe(7);
  });

  it('at the end of its span, the same for all of it', () => {
    const hourly = policy({ digest_seconds: 3600 });
    for (const made of ['13:00:00', '13:07:00', '13:59:59'])
      expect(releaseAt(hourly, 'completed', berlin(made))).toBe(berlin('14:00:00'));
    expect(releaseAt(hourly, 'completed', berlin('14:00:00'))).toBe(berlin('15:00:00'));
    expect(releaseAt(policy({ digest_seconds: 50_000 }), 'x', berlin('23:00:00'))).toBe(
      berlin('00:00:00', '2026-11-22'),
    );
  });

  it('after the quiet hours when its span ends in them', () => {
    const daily = policy({ digest_seconds: 86_400, quiet: night });
    expect(releaseAt(daily, 'completed', berlin('13:00:00'))).toBe(berlin('07:00:00', '2026-11-22'));
  });

  it('at once when its kind is urgent', () => {
    const held = policy({ digest_seconds: 3600, quiet: night, urgent: ['blocked'] });
    expect(releaseAt(held, 'blocked', berlin('23:15:00'))).toBe(berlin('23:15:00'));
    expect(releaseAt(held, 'completed', berlin('23:15:00'))).toBe(berlin('07:00:00', '2026-11-22'));
  });
});

describe('a message can be sent', () => {
  const hourly = policy({ digest_seconds: 3600, quiet: night });
  const sendable = (made: string, now: string) => sendableAt(hourly, 'completed', berlin(made), berlin(now));

  it('when it is released, and not before now', () => {
    expect(sendable('13:07:00', '13:08:00')).toBe(berlin('14:00:00'));
    expect(sendable('13:07:00', '15:30:00')).toBe(berlin('15:30:00'));
  });

  it('after quiet hours that have begun since', () => {
    expect(sendable('20:30:00', '22:10:00')).toBe(berlin('07:00:00', '2026-11-22'));
  });
});

describe('hours', () => {
  it('are read', () => {
    expect(parseHours('22:00-07:30')).toEqual({ from: 1320, to: 450 });
    expect(parseHours(' 9:05 - 17:00 ')).toEqual({ from: 545, to: 1020 });
  });
  it.each(['', '22-7', '24:00-07:00', '22:00-07:60', '07:00-07:00'])('%o are none', (text) => {
    expect(parseHours(text)).toBeUndefined();
  });
});
