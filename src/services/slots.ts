import type { Millis } from '../domain/ids.ts';

/**
 * Since when each free slot has been free. A task that starts takes the one that was freed first, so that its wait splits
 * truly into waiting for a slot and being started.
 */
export interface Slots {
  /** Makes the number of free slots follow from how many runs live; slots that became free did so now. */
  settle(live: number, limit: number, now: Millis): void;
  /** Takes a slot and tells since when it was free. */
  take(now: Millis): Millis;
}

export function createSlots(): Slots {
  let free: Millis[] | undefined;
  return {
    settle: (live, limit, now) => {
      const wanted = Math.max(0, limit - live);
      free ??= [];
      while (free.length < wanted) free.push(now);
      while (free.length > wanted) free.shift();
    },
    take: (now) => free?.shift() ?? now,
  };
}
