import { setImmediate as turn } from 'node:timers/promises';
import { asMillis } from '../../src/domain/ids.ts';
import type { World } from '../../src/services/world.ts';

/** The real world with a clock and timers that a test moves. */
export interface VirtualWorld extends World {
  /**
   * Lets so many milliseconds go by: each timer is called at its time, when what the one before has begun has set its own, or
   * `limit` real milliseconds later.
   */
  pass(milliseconds: number, limit?: number): Promise<void>;
}

export function virtualTime(real: World, start = Date.UTC(2026, 10, 21, 9)): VirtualWorld {
  let now = start;
  const timers = new Set<{ readonly at: number; readonly call: () => void }>();
  const earliest = () => [...timers].sort((one, other) => one.at - other.at)[0];
  return {
    ...real,
    now: () => asMillis(now),
    monotonic: () => asMillis(now),
    after: (delay, call) => {
      const timer = { at: now + Math.max(0, delay), call };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    pass: async (milliseconds, limit = 0) => {
      const end = now + milliseconds;
      // A loop sets its next timer when its pass is done, also its first one.
      const moreThan = async (count: number): Promise<void> => {
        for (const until = performance.now() + limit; timers.size <= count && performance.now() < until; )
          await turn();
      };
      await moreThan(0);
      for (let next = earliest(); next !== undefined && next.at <= end; next = earliest()) {
        timers.delete(next);
        now = next.at;
        const waiting = timers.size;
        next.call();
        await moreThan(waiting);
      }
      now = end;
    },
  };
}
