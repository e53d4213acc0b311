import { setTimeout as pause } from 'node:timers/promises';
import { isFault } from './faults.ts';
import { strangerAt, writerOf } from './sqlite/locks.ts';
import { StoreFault } from './store.ts';

/** One asker's patience with locks, from the moment of asking: waiting for its turn in this process counts too. */
export interface Patience {
  /** On the clock of `performance.now()`. */
  readonly since: number;
  readonly until: number;
  /** Ends the waiting early. */
  readonly signal: AbortSignal;
}

/**
 * Repeats `attempt` while another process holds the lock of the database at `path`. SQLite's own busy handler backs off
 * to 100 ms while newcomers win: it starved one of four writers for 4 s, where short jittered pauses kept the worst wait
 * under 100 ms. After 100 ms the holder is not a passing writer, and longer pauses save CPU. The event loop stays free.
 */
export async function whileBusy<T>(path: string, patience: Patience, attempt: () => T): Promise<T> {
  const start = performance.now();
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isFault(error, 'busy')) throw error;
      const now = performance.now();
      if (now >= patience.until) throw busyFor(path, now - patience.since, error);
      await pause(Math.min(nextPause(now - start), patience.until - now));
      patience.signal.throwIfAborted();
    }
  }
}

/** Timers are no finer than 1 ms; the fraction decides which side of a tick a waiter falls on. */
const nextPause = (waited: number): number =>
  waited < 100 ? 0.2 + Math.random() * 0.8 : 5 + Math.random() * 5;

function busyFor(path: string, waited: number, cause: unknown): StoreFault {
  const stranger = strangerAt(path);
  if (stranger !== undefined) return replacedUnder(path, stranger);
  const pid = writerOf(path);
  const who =
    pid === undefined ? 'by another process' : pid === process.pid ? 'by this process' : `by process ${pid}`;
  const then = pid === undefined || pid === process.pid ? '' : `; see what it is doing (ps -fp ${pid})`;
  return new StoreFault(
    'busy',
    `${path} has been locked ${who} for ${Math.round(waited)} ms; try again${then}.`,
    { cause },
  );
}

/** The file at `path` cannot be opened while `pid` has the side files of the one that stood there before in use. */
export const replacedUnder = (path: string, pid: number): StoreFault =>
  new StoreFault(
    'busy',
    `${path} was replaced while process ${pid} works on the file that stood there before, and ${path}-wal is still that one's; ` +
      `end the process (ps -fp ${pid}), then try again.`,
  );
