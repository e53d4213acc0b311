import type { BoardId, Epoch } from '../domain/ids.ts';
import type { Profile } from './profile.ts';
import type { Roster } from './roster.ts';
import type { World } from './world.ts';

/** What a pass of the dispatcher stands on, beside the boards themselves: a look at files, never at a board. */
export interface Ground {
  readonly epoch: Epoch;
  readonly aside: boolean;
  readonly boards: readonly BoardId[];
  readonly roster: Roster;
}

/**
 * Tells whether a pass would find anything: somebody asked for one (a commit, a launcher, a file), something has come due, or
 * the ground is another. Otherwise no board is asked anything. A change that no hint told of is found by the tenth pass.
 */
export interface PassNeed {
  /** Whatever was seen, the next pass is to be done. */
  ask(): void;
  /** Whether to pass now; the wish is fulfilled by that. */
  isThere(ground: Ground): boolean;
  /** In how many milliseconds something comes due; a timer may be a moment early. */
  untilDue(): number;
  /** A pass is done, and nothing comes due before so many milliseconds. */
  passed(ground: Ground, due: number): void;
}

/** How many passes in a row may be left out. */
const mostLeftOut = 9;

export function createPassNeed(world: Pick<World, 'now' | 'monotonic'>): PassNeed {
  let asked = true;
  let leftOut = 0;
  /** On both clocks: the one stands still while a machine sleeps, the other one is set by people. */
  let due = { monotonic: 0, wall: 0 };
  let known: Ground | undefined;

  return {
    ask: () => {
      asked = true;
    },
    isThere: (ground) => {
      const isDue = world.monotonic() >= due.monotonic || world.now() >= due.wall;
      const isNeeded = asked || isDue || leftOut >= mostLeftOut || !isSame(ground, known);
      asked = false;
      leftOut = isNeeded ? 0 : leftOut + 1;
      return isNeeded;
    },
    untilDue: () => Math.max(0, due.monotonic - world.monotonic()),
    passed: (ground, next) => {
      known = ground;
      due = { monotonic: world.monotonic() + next, wall: world.now() + next };
    },
  };
}

const isSame = (one: Ground, other: Ground | undefined): boolean =>
  other !== undefined &&
  one.epoch === other.epoch &&
  one.aside === other.aside &&
  one.boards.join() === other.boards.join() &&
  isSameMap(one.roster.startable, other.roster.startable) &&
  isSameMap(one.roster.problems, other.roster.problems);

/** A profile whose file has not changed is the same object (`roster.ts`). */
const isSameMap = (
  one: ReadonlyMap<string, Profile | string>,
  other: ReadonlyMap<string, Profile | string>,
): boolean => one.size === other.size && [...one].every(([name, value]) => other.get(name) === value);
