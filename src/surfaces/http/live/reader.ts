import { asEventId, type BoardId, type EventId, parseBoardId } from '../../../domain/ids.ts';
import type { FeedEvent } from '../../../domain/view.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Channel } from './channel.ts';
import { withoutLock } from './channel.ts';
import { type Cursors, cursorText, type Hub } from './hub.ts';

/** An event and whose it is. */
export interface Told extends FeedEvent {
  readonly board: BoardId;
}

/** What a reader is given next. `reload`: it is too far behind to be told each event, and has to look again. */
export type Next =
  | { readonly kind: 'events'; readonly events: readonly Told[] }
  | { readonly kind: 'reload' }
  | { readonly kind: 'beat' }
  | { readonly kind: 'end' };

/**
 * One client's way through the events of its boards. It is asked for more when the client has room for more, and holds nothing
 * meanwhile but its place: a slow client is served from the database, and one that is too slow is told to reload.
 */
export interface EventReader {
  /** Resolves when there is something; of two calls at once the second waits for ever. */
  next(): Promise<Next>;
  /** Where it stands, after what it was given. */
  readonly cursor: string;
  /** Listens to one board more, which was made meanwhile: from its beginning. */
  add(board: BoardId): Promise<void>;
  close(): void;
}

/** More events than this between a reader and the newest are not told any more. */
const mostBehind = 5000;
const batch = 200;

interface Place {
  readonly channel: Channel;
  readonly leave: () => void;
  at: EventId;
}

export async function openReader(
  hub: Hub,
  kernel: Kernel,
  boards: readonly BoardId[],
  options: {
    /** Where it was before, by board. A board that it did not know then is told from its beginning. */
    readonly from: Cursors;
    readonly wanted?: ((event: FeedEvent) => boolean) | undefined;
  },
): Promise<EventReader> {
  const places = new Map<BoardId, Place>();
  const joining = new Set<BoardId>();
  let closed = hub.ended;
  let beaten = false;
  let wake = (): void => {};
  const wakeUp = (): void => wake();
  const unbeat = hub.onBeat(() => {
    beaten = true;
    wake();
  });
  const unend = hub.onEnd(() => close());

  const close = (): void => {
    closed = true;
    unbeat();
    unend();
    for (const { leave } of places.values()) leave();
    wake();
  };

  const isNew = options.from.size === 0;
  const join = async (board: BoardId, begins: 'now' | 'first'): Promise<void> => {
    if (places.has(board) || joining.has(board)) return;
    joining.add(board);
    const { channel, leave } = await hub.join(board, wakeUp).finally(() => joining.delete(board));
    const from = options.from.get(board) ?? (begins === 'first' ? asEventId(0) : undefined);
    // Another gateway may have told of events that this one has not read yet.
    if (from !== undefined && from > channel.newest) await channel.refresh();
    places.set(board, { channel, leave, at: from ?? channel.newest });
    if (closed) leave();
  };

  /** Moves a place on; gives what is told, or nothing when nothing is there for this reader. */
  const advance = async (place: Place): Promise<Next | undefined> => {
    const { channel } = place;
    // Its board was made anew, or an older copy of it was put back.
    const lost = place.at > channel.newest;
    if (lost || channel.newest - place.at > mostBehind) {
      place.at = channel.newest;
      return { kind: 'reload' };
    }
    const events = (channel.since(place.at) ?? (await older(place))).slice(0, batch);
    place.at = events.at(-1)?.id ?? channel.newest;
    const told = options.wanted === undefined ? events : events.filter(options.wanted);
    if (told.length === 0) return undefined;
    return { kind: 'events', events: told.map((event) => ({ board: channel.board, ...event })) };
  };

  const older = async ({ channel, at }: Place): Promise<readonly FeedEvent[]> => {
    const answer = await kernel.feed(channel.board, { after: at, limit: batch });
    if (!answer.ok) throw new Error(answer.refusal.sentence);
    // The database may be ahead of the channel, which tells those events in its turn.
    return answer.value.filter(({ id }) => id <= channel.newest).map(withoutLock);
  };

  try {
    for (const board of boards) await join(board, isNew ? 'now' : 'first');
  } catch (error) {
    close();
    throw error;
  }
  return {
    next: async () => {
      for (;;) {
        const news = Promise.withResolvers<void>();
        wake = news.resolve;
        if (closed) return { kind: 'end' };
        for (const [board, { channel, leave }] of places) {
          if (!channel.closed) continue;
          leave();
          places.delete(board);
        }
        if (places.size === 0) return { kind: 'end' };
        for (const place of places.values()) {
          if (place.at === place.channel.newest) continue;
          const next = await advance(place);
          if (next !== undefined) return next;
          // Passed over what nobody asked for: there may be more behind it.
          if (place.at !== place.channel.newest) news.resolve();
        }
        if (beaten) {
          beaten = false;
          return { kind: 'beat' };
        }
        await news.promise;
      }
    },
    get cursor() {
      return cursorText(new Map([...places].map(([board, { at }]) => [board, at])));
    },
    add: (board) => join(board, 'first'),
    close,
  };
}

/** Reads what `cursorText` wrote; what is malformed is passed over, and its board begins at its newest event. */
export function parseCursors(text: string | null): Cursors {
  const cursors = new Map<BoardId, EventId>();
  for (const piece of (text ?? '').split(',')) {
    const [, slug = '', digits = ''] = /^([^:]+):(\d{1,15})$/.exec(piece.trim()) ?? [];
    const board = parseBoardId(slug);
    if (board !== undefined) cursors.set(board, asEventId(Number(digits)));
  }
  return cursors;
}
