import { asEventId, type BoardId, type EventId } from '../../../domain/ids.ts';
import type { FeedEvent } from '../../../domain/view.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { World } from '../../../services/world.ts';

/**
 * The newest events of one board, read once however many listen: a commit rings the bell, one question brings what came, and
 * every reader takes from the same short list at its own pace. Nothing is kept for a reader, so a slow one costs nothing.
 */
export interface Channel {
  readonly board: BoardId;
  /** The newest event that was read. */
  readonly newest: EventId;
  /** Events after an id, oldest first; `undefined` when the list does not reach back so far. */
  since(after: EventId): readonly FeedEvent[] | undefined;
  /** Reads what has come; resolves when it is there. */
  refresh(): Promise<void>;
  /** Calls `wake` when something has come; gives what ends that. */
  join(wake: () => void): () => void;
  /** Begins anew when the board was made anew, or an older copy of it was put back. */
  renew(): Promise<void>;
  /** Its board is gone. */
  readonly closed: boolean;
  close(): void;
}

/** How many events are kept, and how many are read at once. */
const kept = 1000;
const page = 500;
const afterFault = 1000;

export async function openChannel(world: World, kernel: Kernel, board: BoardId): Promise<Channel> {
  const wakers = new Set<() => void>();
  let ring: FeedEvent[] = [];
  let newest = asEventId(0);
  /** The list holds everything after this one. */
  let floor = newest;
  let reading: Promise<void> | undefined;
  let again = false;
  let closed = false;

  const read = async (): Promise<void> => {
    do {
      again = false;
      const answer = await kernel.feed(board, { after: newest, limit: page });
      if (!answer.ok) throw new Error(answer.refusal.sentence);
      const events = answer.value.map(withoutLock);
      ring = [...ring, ...events];
      floor = ring.at(-kept - 1)?.id ?? floor;
      ring = ring.slice(-kept);
      newest = events.at(-1)?.id ?? newest;
      for (const wake of wakers) wake();
      if (events.length === page) again = true;
    } while (again && !closed);
  };

  const refresh = (): Promise<void> => {
    again = true;
    let failed = false;
    reading ??= read()
      .catch((error: unknown) => {
        failed = true;
        world.log.warn('The events of a board could not be read; they are tried again.', { board, error });
        world.after(afterFault, () => void refresh());
      })
      .finally(() => {
        reading = undefined;
        // Asked for between the last look and here.
        if (again && !failed && !closed) void refresh();
      });
    return reading;
  };

  // Heard before the look, so that nothing falls between them; read after it, when it is known where to begin.
  let missed = false;
  let heard = true;
  let hear = (): void => {
    missed = true;
  };
  let unfollow = kernel.follow(board, () => hear());
  const last = await kernel.lastEvent(board, {});
  if (last.ok) newest = floor = last.value;
  hear = () => {
    heard = true;
    void refresh();
  };
  if (missed) hear();
  return {
    board,
    get newest() {
      return newest;
    },
    since: (after) => (after < floor ? undefined : ring.filter(({ id }) => id > after)),
    refresh,
    renew: async () => {
      // A board that was made anew, or put back, is heard of like any commit.
      if (!heard) return;
      heard = false;
      const now = await kernel.lastEvent(board, {});
      if (!now.ok || closed || now.value >= newest) return;
      unfollow();
      unfollow = kernel.follow(board, () => hear());
      newest = floor = now.value;
      ring = [];
      for (const wake of wakers) wake();
    },
    get closed() {
      return closed;
    },
    join: (wake) => {
      wakers.add(wake);
      return () => void wakers.delete(wake);
    },
    close: () => {
      closed = true;
      unfollow();
      for (const wake of wakers) wake();
    },
  };
}

/** The lock of a claim lets its reader write as whoever holds it. */
export function withoutLock<Each extends Pick<FeedEvent, 'payload'>>(event: Each): Each {
  if (event.payload?.['lock'] === undefined) return event;
  const { lock: _, ...payload } = event.payload;
  return { ...event, payload };
}
