import type { Millis } from './ids.ts';

/** Which snapshots of a board stay. */
export interface Retention {
  /** So many of the newest. */
  readonly snapshot_keep: number;
  /** And the newest of each of so many days, today being the first; days are those of UTC. */
  readonly snapshot_keep_days: number;
}

const day = 86_400_000;
const dayOf = (time: number): number => Math.floor(time / day);

/** The snapshots, by their times, that nobody needs any more. One stays in any case. */
export function superfluous(times: readonly Millis[], now: Millis, retention: Retention): Millis[] {
  const newestFirst = [...times].sort((one, other) => other - one);
  const keep = new Set(newestFirst.slice(0, Math.max(1, retention.snapshot_keep)));
  const days = new Set<number>();
  for (const time of newestFirst) {
    const isRecent = dayOf(time) > dayOf(now) - retention.snapshot_keep_days;
    if (isRecent && !days.has(dayOf(time))) keep.add(time);
    days.add(dayOf(time));
  }
  return newestFirst.filter((time) => !keep.has(time));
}
