import type { Result } from '../domain/errors.ts';
import { type BoardId, type Epoch, homeBoard } from '../domain/ids.ts';
import type { Role } from '../domain/leading.ts';
import {
  dueLoops,
  fireAt,
  type Loop,
  type LoopTarget,
  loopRole,
  nextFire,
  type TurnOutcome,
  turnKey,
} from '../domain/loop.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Elector } from './elector.ts';
import { createLoop, type Loop as Passes } from './service.ts';
import { createErrorReport } from './throttle.ts';
import type { World } from './world.ts';

/**
 * Begins the turns of loops (contract §13.1). Each is claimed in the home store by the holder of its loop's role, done, and
 * written down. How it can fail:
 * - It dies between claim and deed, or between deed and record: whoever holds the role next does that turn again, by the
 *   same key. A task is made once and a command started once; words into a chat may come twice.
 * - What it speaks to is busy, or a goal goes before: it looks again when that board changes.
 * - It cannot be done now: it is tried again, and no further turn begins meanwhile.
 * - It is done and cannot be written down: that alone is tried again, while this process lives.
 * - One loop cannot be looked at: it is tried again, and others go on.
 */
export interface LoopsOptions {
  /** The roles that this gateway stands for. */
  readonly keepers: readonly { readonly role: Role; readonly elector: Elector }[];
  readonly turns: Readonly<Record<LoopTarget, Turns>>;
}

/** How the turns of one kind of loop are done. */
export interface Turns {
  /** Whether a goal has priority now. */
  holdBack(loop: Loop): Promise<boolean>;
  /** Does a turn that is claimed; the same one may have been begun before. Throws when it cannot be done now. */
  begin(loop: Loop): Promise<TurnOutcome>;
  /** How an open turn stands: `undefined` while it goes on. */
  look(loop: Loop): Promise<TurnOutcome | undefined>;
  /** How long a turn that goes on may not be looked at, in milliseconds. */
  readonly patience: number;
}

/** Nothing happens by time alone; the longest that a timer takes. */
const idle = 2 ** 30;
/**
 * Milliseconds. A turn is due by the clock on the wall, which people set and which goes on while a machine sleeps; a timer's
 * does not.
 */
const longestWait = 15_000;
const afterFault = 5000;
/** How long a stopping gateway waits for what is under way; the next one does the rest. */
const graceAtStop = 1500;

/** A turn that could not be done yet; `retryAfter` in milliseconds, when the far side named it. */
export class NotNow extends Error {
  override readonly name = 'NotNow';
  readonly retryAfter: number | undefined;
  constructor(message: string, retryAfter?: number) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

export function createLoops(
  world: World,
  kernel: Pick<Kernel, 'loops' | 'beginTurn' | 'settleTurn' | 'follow'>,
  { keepers, turns }: LoopsOptions,
): Passes {
  const electors = new Map(keepers.map(({ role, elector }) => [role, elector]));
  const report = createErrorReport(world, world.log);
  const acting = new Map<string, Promise<void>>();
  /** What became of turns, as long as it could not be written down. */
  const unwritten = new Map<string, TurnOutcome>();
  const boards = new Map<BoardId, () => void>();
  let unfollow = (): void => {};

  const write = async (epoch: Epoch, loop: Loop, outcome: TurnOutcome): Promise<void> => {
    const { id, turn } = loop;
    const settled = { role: loopRole(loop), epoch, id, turn, outcome };
    stepDownIfRefused(loop, epoch, await kernel.settleTurn(homeBoard, settled));
    if (outcome.state === 'over' && outcome.note !== null) {
      world.log.warn(`A turn of a loop did not go well: ${outcome.note}`, { loop: id, turn });
    }
  };
  const stepDownIfRefused = (loop: Loop, epoch: Epoch, result: Result<unknown>): void => {
    if (!result.ok && result.refusal.code === 'not_leader') electors.get(loopRole(loop))?.stepDown(epoch);
  };

  const perform = async (loop: Loop, epoch: Epoch): Promise<void> => {
    const key = turnKey(loop);
    const outcome = unwritten.get(key) ?? (await turns[loop.target].begin(loop));
    unwritten.set(key, outcome);
    await write(epoch, loop, outcome);
    unwritten.delete(key);
  };

  /** Does a claimed turn beside all others, because a chat may hang. */
  const begin = (loop: Loop, epoch: Epoch): void => {
    const work = perform(loop, epoch)
      .catch(async (error: unknown) => {
        report('A turn of a loop could not be done, and is tried again', error, { loop: loop.id });
        const wait = error instanceof NotNow ? (error.retryAfter ?? 0) : 0;
        await new Promise<void>((resolve) => world.after(Math.max(afterFault, wait), resolve));
      })
      .finally(() => {
        acting.delete(loop.id);
        passes.wake();
      });
    acting.set(loop.id, work);
  };

  const fire = async (loop: Loop, epoch: Epoch): Promise<void> => {
    const mark = world.random(8);
    const begun = await kernel.beginTurn(homeBoard, { role: loopRole(loop), epoch, id: loop.id, mark });
    stepDownIfRefused(loop, epoch, begun);
    if (begun.ok && begun.value !== null) begin(begun.value, epoch);
  };

  /** Follows those boards alone whose change lets a loop go on; gives whether one is new. */
  const followOnly = (wanted: ReadonlySet<BoardId>): boolean => {
    const fresh = [...wanted].filter((board) => !boards.has(board));
    for (const board of fresh) {
      const end = kernel.follow(board, () => passes.wake());
      boards.set(board, end);
    }
    for (const [board, end] of boards) {
      if (wanted.has(board)) continue;
      end();
      boards.delete(board);
    }
    return fresh.length > 0;
  };

  /** Gives whether it went well; what fails for one loop must not hold up the others. */
  const attempt = async (loop: Loop, work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      report('A loop could not be looked at, and is looked at again', error, { loop: loop.id });
      return false;
    }
  };

  const passes = createLoop(world, async () => {
    const answer = await kernel.loops(homeBoard, {});
    if (!answer.ok) return idle;
    const { now, loops } = answer.value;
    const epochOf = (loop: Loop): Epoch | undefined => electors.get(loopRole(loop))?.epoch();
    const ours = loops.filter((loop) => epochOf(loop) !== undefined);
    const waitsFor = new Set<BoardId>();
    let next = idle;
    for (const loop of ours) {
      const epoch = epochOf(loop);
      if (epoch === undefined || loop.turn_state === null || acting.has(loop.id)) continue;
      if (loop.turn_state === 'claimed') {
        begin(loop, epoch);
        continue;
      }
      if (loop.target === 'profile') waitsFor.add(loop.board);
      const seen = await attempt(loop, async () => {
        const outcome = await turns[loop.target].look(loop);
        if (outcome !== undefined) await write(epoch, loop, outcome);
        else next = Math.min(next, turns[loop.target].patience);
      });
      if (!seen) next = Math.min(next, afterFault);
    }
    for (const loop of dueLoops(ours, now)) {
      const epoch = epochOf(loop);
      if (epoch === undefined) continue;
      const seen = await attempt(loop, async () => {
        if (await turns[loop.target].holdBack(loop)) waitsFor.add(loop.board);
        else await fire(loop, epoch);
      });
      if (!seen) next = Math.min(next, afterFault);
    }
    // What changed before a board was followed wakes nobody, so it is looked at once more.
    if (followOnly(waitsFor)) return 0;
    const later = nextFire(ours.filter((loop) => (fireAt(loop, loops) ?? 0) > now));
    return Math.max(0, Math.min(next, later === undefined ? idle : Math.min(later - now, longestWait)));
  });

  return {
    ...passes,
    start: async () => {
      unfollow = kernel.follow(homeBoard, () => passes.wake());
      await passes.start();
    },
    stop: async () => {
      unfollow();
      await passes.stop();
      const waited = new Promise<void>((resolve) => world.after(graceAtStop, resolve));
      await Promise.race([Promise.all(acting.values()), waited]);
      followOnly(new Set());
    },
  };
}
