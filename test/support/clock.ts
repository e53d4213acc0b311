import { asMillis, type Millis, type Seconds, toSeconds } from '../../src/domain/ids.ts';

/** A clock that stands still until a test moves it (design §6.5). */
export interface Clock {
  now(): Millis;
  /** The same moment as shared tables write it. */
  seconds(): Seconds;
  advance(seconds: number): void;
}

export function movedClock(start = Date.UTC(2026, 10, 21, 9)): Clock {
  let now = start;
  return {
    now: () => asMillis(now),
    seconds: () => toSeconds(asMillis(now)),
    advance: (seconds) => {
      now += seconds * 1000;
    },
  };
}
