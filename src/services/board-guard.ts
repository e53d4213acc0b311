import type { BoardId } from '../domain/ids.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { SetAside } from './aside.ts';
import { messageOf, storeFault } from './faults.ts';
import { createErrorReport } from './throttle.ts';
import type { World } from './world.ts';

/**
 * Stands around all that a gateway does on a board (contract §5.14, §5.15). How a board can fail:
 * - Its file is corrupt. It is looked at by a process of its own before it is first opened here, because SQLite would
 *   find out only page by page; a copy is kept, the file stays as it is, and the board is set aside.
 * - Its tables lack something, because another program changed them: they are brought up to date once in the life of this
 *   process, and the work is tried again; when that does not help, the board is set aside.
 * - Its file is gone, empty, or of a newer Andon: it is set aside.
 * - Anything else passes: it is reported, at most once a minute, and tried again.
 * A board that is set aside is tried again when its file changes, and every five minutes. Other boards go on.
 */
export interface BoardGuard {
  /** Does `work` on a board, unless that cannot be now; then, or when it fails, what is to be said has been said. */
  attend<T>(board: BoardId, what: string, work: () => Promise<T>): Promise<Attended<T>>;
  /** Resolves when each of these boards has been looked at. */
  examined(boards: readonly BoardId[]): Promise<void>;
  /** Whether a board is set aside, as last seen. */
  isAside(board: BoardId): boolean;
}

/** `examining`: its file is being looked at, and whoever asked is woken when that is done. */
export type Attended<T> =
  | { readonly state: 'done'; readonly value: T }
  | { readonly state: 'examining' | 'aside' | 'failed' };

/** What is wrong with a board, and where the copy of a corrupt file is. */
type Finding = Pick<SetAside, 'reason' | 'copy'>;

/** What a look at a file gives; `unknown` when it could not be looked at. */
export interface Examined extends Finding {
  readonly state: 'sound' | 'corrupt' | 'unknown';
}

export interface BoardGuardOptions {
  /** Where a board's file is; `undefined` when boards are not files. */
  readonly locate: ((board: BoardId) => string) | undefined;
  /** Looks at a file in another process, and keeps a copy of a corrupt one, or of one that somebody holds for corrupt. */
  readonly examine: (path: string, suspicion: string | undefined) => Promise<Examined>;
  /** Called when a board can be worked on that could not be before. */
  readonly onOpen: () => void;
  /** Called when the list of those that are set aside has changed. */
  readonly onAside: (aside: readonly SetAside[]) => Promise<void>;
}

/** Faults that stay until somebody does something about the database. */
const lasting: ReadonlySet<string> = new Set(['corrupt', 'missing', 'schema', 'unsafe', 'version']);
/** Milliseconds after which a board that is set aside is tried again in any case. */
const longestAside = 300_000;
/** Looking at a file may take seconds, and a corrupt one may change all the time: so much longer it rests. */
const pausesPerLook = 10;

/**
 * Work that fails on a board may be done seldom, as the start of a worker, and other work succeed meanwhile: so long after it
 * was brought back without failing again, in milliseconds, it counts as worked on.
 */
const settledAfter = 60_000;

/** How many files are looked at at once. */
const mostLooks = 2;

interface Watched {
  state: State;
  /** The one attempt to bring its tables up to date. */
  upgrade: Promise<unknown> | undefined;
  /** For which work it was set aside last; nothing when its file was looked at. */
  failing: string | undefined;
  /** When it was last brought back, on the monotonic clock. */
  openSince: number;
}

type State =
  | { readonly is: 'open' }
  | { readonly is: 'examining'; readonly first: boolean; readonly done: Promise<void> }
  | Aside;

/** Times are on the monotonic clock. */
interface Aside {
  readonly is: 'aside';
  readonly code: string;
  readonly notBefore: number;
  readonly atLatest: number;
  /** What its files were like. */
  readonly stamp: string;
}

export function createBoardGuard(world: World, kernel: Kernel, options: BoardGuardOptions): BoardGuard {
  const report = createErrorReport(world, world.log);
  const inTurn = createTurns(mostLooks);
  const boards = new Map<BoardId, Watched>();
  /** Those that are set aside, until they are worked on again. */
  const listed = new Map<BoardId, SetAside>();

  const stampOf = async (board: BoardId): Promise<string> => {
    const path = options.locate?.(board);
    if (path === undefined) return '';
    const stamps = await Promise.all([path, `${path}-wal`].map((file) => world.files.stamp(file)));
    const real = (await world.files.realPath(path)) ?? path;
    return [real, ...stamps.map((stamp) => stamp?.text ?? 'none')].join(' ');
  };

  const tell = async (): Promise<void> => {
    try {
      await options.onAside([...listed.values()]);
    } catch (error) {
      report('It could not be written down which boards are set aside', error);
    }
  };

  /** `took`: how long it was looked at. */
  const setAside = async (board: BoardId, code: string, found: Finding, took = 0): Promise<Aside> => {
    const { reason, copy } = found;
    const before = listed.get(board);
    listed.set(board, { board, reason, copy, since: before?.since ?? world.now() });
    if (before?.reason !== reason) {
      world.log.error(`A board is set aside: ${reason}`, { board, ...(copy !== null && { copy }) });
      await tell();
    }
    const now = world.monotonic();
    const [notBefore, atLatest] = [now + took * pausesPerLook, now + longestAside];
    return { is: 'aside', code, notBefore, atLatest, stamp: await stampOf(board) };
  };

  const look = async (board: BoardId, suspicion: string | undefined): Promise<State> => {
    const path = options.locate?.(board);
    if (path === undefined || ((await world.files.size(path)) ?? 0) === 0) return { is: 'open' };
    const before = world.monotonic();
    const found = await inTurn(() => options.examine(path, suspicion));
    if (found.state === 'corrupt') return setAside(board, 'corrupt', found, world.monotonic() - before);
    // What this process remembers of the corrupt file says nothing of the one that is there now.
    if (listed.has(board)) await kernel.release(board);
    return { is: 'open' };
  };

  const examine = (board: BoardId, watched: Watched, first: boolean, suspicion?: string): void => {
    const finish = (state: State): void => {
      watched.state = state;
      if (state.is === 'open') options.onOpen();
    };
    const done = look(board, suspicion).then(finish, (error: unknown) => {
      report('The file of a board could not be looked at', error, { board });
      finish({ is: 'open' });
    });
    watched.state = { is: 'examining', first, done };
  };

  const watchedOf = (board: BoardId): Watched => {
    const known = boards.get(board);
    if (known) return known;
    const fresh: Watched = { state: { is: 'open' }, upgrade: undefined, failing: undefined, openSince: 0 };
    boards.set(board, fresh);
    examine(board, fresh, true);
    return fresh;
  };

  /** Lets a board that is set aside be tried again, when it is time. */
  const bringBack = async (board: BoardId, watched: Watched, aside: Aside): Promise<void> => {
    const now = world.monotonic();
    const isDue = now >= aside.atLatest || (now >= aside.notBefore && aside.stamp !== (await stampOf(board)));
    // Somebody else may have brought it back meanwhile.
    if (!isDue || watched.state !== aside) return;
    if (aside.code === 'corrupt') examine(board, watched, false);
    else watched.state = { is: 'open' };
    watched.openSince = now;
  };

  /** Works, and once more when the tables lacked something that could be added. */
  const repaired = async <T>(board: BoardId, watched: Watched, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (storeFault(error) !== 'schema') throw error;
      // When it cannot be done, the second try tells what is missing.
      watched.upgrade ??= kernel.upgrade(board).catch(() => undefined);
      await watched.upgrade;
      return work();
    }
  };

  const fail = async (board: BoardId, watched: Watched, what: string, error: unknown): Promise<void> => {
    const code = storeFault(error);
    if (code === undefined || !lasting.has(code)) return report(what, error, { board });
    // Whoever came first has seen to it.
    if (watched.state.is !== 'open') return;
    const reason = messageOf(error);
    watched.failing = undefined;
    if (code === 'corrupt' && options.locate) examine(board, watched, false, reason);
    else {
      watched.failing = what;
      watched.state = await setAside(board, code, { reason, copy: null });
    }
  };

  /** Only the work that failed shows that a board is well again, or that it has not failed for a while. */
  const isBack = ({ failing, openSince }: Watched, what: string): boolean =>
    failing === undefined || failing === what || world.monotonic() - openSince >= settledAfter;

  return {
    attend: async (board, what, work) => {
      const watched = watchedOf(board);
      if (watched.state.is === 'aside') await bringBack(board, watched, watched.state);
      const { state } = watched;
      if (state.is === 'examining') return { state: state.first ? 'examining' : 'aside' };
      if (state.is === 'aside') return { state: 'aside' };
      try {
        const value = await repaired(board, watched, work);
        if (isBack(watched, what) && listed.delete(board)) {
          world.log.info('A board that was set aside is worked on again.', { board });
          await tell();
        }
        return { state: 'done', value };
      } catch (error) {
        await fail(board, watched, what, error);
        return { state: 'failed' };
      }
    },
    examined: async (all) => {
      const looks = all.map((board) => watchedOf(board).state);
      await Promise.all(looks.map((state) => (state.is === 'examining' ? state.done : undefined)));
    },
    isAside: (board) => listed.has(board),
  };
}

/** Lets so many pieces of work run at once, the others in the order of asking. */
function createTurns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running === most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
