import { describe, expect, it } from 'vitest';
import { asMillis } from './ids.ts';
import { superfluous } from './retention.ts';

const at = (text: string) => asMillis(Date.parse(`2026-11-${text}:00Z`));
const now = at('21T12:00');
const hourly = (from: string, count: number) =>
  Array.from({ length: count }, (_, hour) => asMillis(at(from) - hour * 3_600_000));

describe('snapshots', () => {
  const usual = { snapshot_keep: 24, snapshot_keep_days: 7 };

  it('of the last hours stay, and of older days the newest', () => {
    const times = hourly('21T11:00', 24 * 10);
    const gone = superfluous(times, now, usual);
    const kept = times.filter((time) => !gone.includes(time));
    expect(kept.slice(0, 24)).toEqual(times.slice(0, 24));
    expect(kept.slice(24)).toEqual(
      ['19T23:00', '18T23:00', '17T23:00', '16T23:00', '15T23:00'].map((text) => at(text)),
    );
  });

  it('stay whatever their order, and none goes while there are few', () => {
    const times = hourly('21T11:00', 24);
    expect(superfluous(times.toReversed(), now, usual)).toEqual([]);
    expect(superfluous([], now, usual)).toEqual([]);
  });

  it('go when they are old, but never the last one', () => {
    const old = [at('01T10:00'), at('01T11:00')];
    expect(superfluous(old, now, { snapshot_keep: 0, snapshot_keep_days: 0 })).toEqual([at('01T10:00')]);
  });

  it('that seem to come from tomorrow count as of their day', () => {
    const times = [at('22T10:00'), at('21T10:00')];
    expect(superfluous(times, now, { snapshot_keep: 1, snapshot_keep_days: 1 })).toEqual([]);
  });
});
