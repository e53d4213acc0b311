import type { BoardId, EventId } from '../../../domain/ids.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { boardExists, boardsFolder, type Home } from '../../../services/home.ts';
import type { World } from '../../../services/world.ts';
import { type Channel, openChannel } from './channel.ts';

/** The channels of the boards that somebody listens to, and the beat that keeps silent connections alive. */
export interface Hub {
  /** Gives the channel of a board; `leave` ends the interest in it. */
  join(board: BoardId, wake: () => void): Promise<{ readonly channel: Channel; leave(): void }>;
  /** Calls `beat` every 30 s until it is ended. */
  onBeat(beat: () => void): () => void;
  /** Calls `changed` when boards may have come or gone. */
  onBoards(changed: () => void): () => void;
  /** Calls `end` when the gateway stops. */
  onEnd(end: () => void): () => void;
  readonly ended: boolean;
  close(): void;
}

const keepAlive = 30_000;

export function createHub(world: World, kernel: Kernel, home: Home): Hub {
  const channels = new Map<BoardId, { channel: Promise<Channel>; readers: number }>();
  const beats = new Set<() => void>();
  const ends = new Set<() => void>();
  const boardsChanged = new Set<() => void>();
  let ended = false;
  let cancel = (): void => {};

  const beat = (): void => {
    for (const { channel } of channels.values()) void channel.then((each) => each.renew()).catch(() => {});
    for (const each of beats) each();
    if (!ended) cancel = world.after(keepAlive, beat);
  };
  cancel = world.after(keepAlive, beat);

  /** A board that is gone is let go of at once: its files may be wanted elsewhere, and its name for another. */
  const letGo = async (): Promise<void> => {
    for (const [board, { channel }] of channels) {
      if (await boardExists(home, world.files, board)) continue;
      channels.delete(board);
      (await channel).close();
      await kernel.release(board);
    }
    for (const each of boardsChanged) each();
  };
  const unwatch = world.files.watch(boardsFolder(home), () => {
    letGo().catch((error: unknown) => world.log.warn('A removed board was not let go of.', { error }));
  });

  const leave = (board: BoardId): void => {
    const open = channels.get(board);
    if (open === undefined) return;
    open.readers -= 1;
    if (open.readers > 0) return;
    channels.delete(board);
    void open.channel.then((channel) => channel.close());
  };

  return {
    join: async (board, wake) => {
      const open = channels.get(board) ?? { channel: openChannel(world, kernel, board), readers: 0 };
      open.readers += 1;
      channels.set(board, open);
      try {
        const channel = await open.channel;
        const quit = channel.join(wake);
        let here = true;
        return {
          channel,
          leave: () => {
            if (!here) return;
            here = false;
            quit();
            if (channels.get(board) === open) leave(board);
          },
        };
      } catch (error) {
        if (channels.get(board) === open) channels.delete(board);
        throw error;
      }
    },
    onBeat: (listener) => subscribe(beats, listener),
    onBoards: (listener) => subscribe(boardsChanged, listener),
    onEnd: (listener) => subscribe(ends, listener),
    get ended() {
      return ended;
    },
    close: () => {
      ended = true;
      cancel();
      unwatch();
      for (const end of ends) end();
    },
  };
}

function subscribe(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Where a reader stands on each of its boards: `default:12` or `default:12,ops:5`. */
export type Cursors = ReadonlyMap<BoardId, EventId>;

export const cursorText = (cursors: Cursors): string =>
  [...cursors].map(([board, id]) => `${board}:${id}`).join(',');
