import { setImmediate as turn } from 'node:timers/promises';
import { asMillis } from '../../src/domain/ids.ts';
import type { World } from '../../src/services/world.ts';

/** The real world with a clock and timers that a test moves. */
export interface VirtualWorld extends World {
  /** Lets so many milliseconds go by: each timer is called at its time, when all that was begun before has set its own. */
  pass(milliseconds: number): Promise<void>;
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
    pass: async (milliseconds) => {
      const end = now + milliseconds;
      for (let next = earliest(); next !== undefined && next.at <= end; next = earliest()) {
        timers.delete(next);
        now = next.at;
        const waiting = timers.size;
        next.call();
        // A loop sets its next timer when its pass is done; one that sets none is done at once.
        for (let turns = 0; turns < 500 && timers.size <= waiting; turns += 1) await turn();
      }
      now = end;
    },
  };
}
