import type { Result } from '../domain/errors.ts';
import type { BoardId, Epoch } from '../domain/ids.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { boardPaths, type Home } from './home.ts';
import { letGo } from './let-go.ts';
import type { World } from './world.ts';

/** What a leading dispatcher keeps of each board between two passes: nothing that it could not find out again. */
export interface LedBoards {
  /** A board's first pass under an epoch tells it who leads; false when somebody else does. */
  enter(board: BoardId, epoch: Epoch): Promise<boolean>;
  /** Promotes what foreign writers left waiting, once per interval where anything has changed; gives how many. */
  fullPass(board: BoardId, epoch: Epoch): Promise<number>;
  /** In how many milliseconds a board that has changed is to be passed over in full. */
  untilFullPass(board: BoardId): number;
  /** How many runs take a slot on a board, as just seen or started. */
  noteLive(board: BoardId, live: (before: number) => number): void;
  /** How many slots a board takes that cannot be looked at now. */
  takenUnseen(board: BoardId, epoch: Epoch): number;
  /** Asks for a full pass of every board. */
  makeDirty(): void;
  /** Lets go of the boards that are not among these. */
  keepOnly(open: readonly BoardId[]): Promise<void>;
  close(): void;
}

interface Led {
  readonly epoch: Epoch;
  readonly enteredAt: number;
  readonly unfollow: () => void;
  dirty: boolean;
  fullPassAt: number;
  /** Not known before the first look. */
  live: number | undefined;
}

export function createLedBoards(
  world: World,
  kernel: Kernel,
  options: {
    readonly home: Home;
    readonly interval: number;
    readonly failureLimit: number | undefined;
    readonly onRefusal: (result: Result<unknown>, epoch: Epoch) => void;
    readonly wake: () => void;
  },
): LedBoards {
  const { interval, onRefusal } = options;
  const boards = new Map<BoardId, Led>();

  const changed = (board: BoardId): void => {
    const known = boards.get(board);
    if (known) known.dirty = true;
    options.wake();
  };
  /** A launcher rings the bell when its worker has ended; that is no commit, so the store does not tell of it. */
  const listen = (board: BoardId): (() => void) => {
    const { bell } = boardPaths(options.home, board);
    const ends = [kernel.follow(board, () => changed(board)), world.files.watch(bell, () => options.wake())];
    return () => ends.forEach((end) => void end());
  };

  return {
    enter: async (board, epoch) => {
      const known = boards.get(board);
      if (known?.epoch === epoch) return true;
      const raised = await kernel.raiseEpoch(board, { role: 'dispatcher', epoch });
      onRefusal(raised, epoch);
      if (!raised.ok) return false;
      const unfollow = known?.unfollow ?? listen(board);
      const enteredAt = world.monotonic();
      boards.set(board, { epoch, dirty: true, fullPassAt: 0, unfollow, live: undefined, enteredAt });
      return true;
    },
    // Promotion happens in the command that satisfies the last parent; this is for what foreign writers left.
    fullPass: async (board, epoch) => {
      const known = boards.get(board);
      if (!known?.dirty || world.monotonic() < known.fullPassAt) return 0;
      known.dirty = false;
      known.fullPassAt = world.monotonic() + interval;
      const input = { role: 'dispatcher', epoch, failure_limit: options.failureLimit } as const;
      const promoted = await kernel.promoteAll(board, input);
      onRefusal(promoted, epoch);
      return promoted.ok ? promoted.value : 0;
    },
    untilFullPass: (board) => {
      const known = boards.get(board);
      return known?.dirty ? Math.max(0, known.fullPassAt - world.monotonic()) : Number.POSITIVE_INFINITY;
    },
    noteLive: (board, live) => {
      const known = boards.get(board);
      if (known) known.live = live(known.live ?? 0);
    },
    // Where we lead and have seen nothing yet it may be all of them, but only for a while: a board that is broken must not
    // stop the others.
    takenUnseen: (board, epoch) => {
      const known = boards.get(board);
      if (known?.epoch !== epoch) return 0;
      return known.live ?? (world.monotonic() < known.enteredAt + interval ? Number.POSITIVE_INFINITY : 0);
    },
    makeDirty: () => {
      for (const known of boards.values()) known.dirty = true;
    },
    keepOnly: (open) => letGo(kernel, boards, open),
    close: () => {
      for (const { unfollow } of boards.values()) unfollow();
      boards.clear();
    },
  };
}
