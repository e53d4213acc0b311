import type { Ladder } from '../domain/escalation.ts';
import type { BoardId, Epoch } from '../domain/ids.ts';
import type { PeopleFacts } from '../domain/inbox.ts';
import type { Role } from '../domain/leading.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { World } from './world.ts';

/** What the reminding of people goes by. */
export interface Reminding {
  readonly ladder: Ladder;
  readonly people: () => Promise<PeopleFacts>;
}

/** Looks when the next rung is due, and after a change; on a board on which nothing happens it asks nothing. */
export interface LadderWatch {
  /** Something has happened on a board. */
  changed(board: BoardId): void;
  /**
   * Reminds whoever is due, and gives in how many milliseconds it wants to look again; `undefined` when another gateway has
   * taken over.
   */
  look(board: BoardId, epoch: Epoch): Promise<number | undefined>;
}

/** Times are on the monotonic clock. */
interface Seen {
  changed: boolean;
  /** Of the next look after a change. */
  notBefore: number;
  /** When the next rung is due. */
  dueAt: number;
}

/** Milliseconds between two looks on a board on which much happens. */
const longestPause = 5000;

export function createLadderWatch(
  world: Pick<World, 'monotonic'>,
  kernel: Pick<Kernel, 'escalations' | 'escalate'>,
  { role, ladder, people }: Reminding & { readonly role: Role },
): LadderWatch {
  const pause = Math.min(longestPause, ladder.after * 250);
  const boards = new Map<BoardId, Seen>();
  const seenOf = (board: BoardId): Seen => {
    const known = boards.get(board) ?? { changed: true, notBefore: 0, dueAt: Number.POSITIVE_INFINITY };
    boards.set(board, known);
    return known;
  };

  /** Reminds whoever is due, and gives in how many milliseconds the next is; `undefined` when another gateway leads. */
  const climb = async (board: BoardId, epoch: Epoch): Promise<number | undefined> => {
    const input = { ladder, people: await people() };
    let found = await kernel.escalations(board, input);
    if (found.ok && found.value.due) {
      const climbed = await kernel.escalate(board, { role, epoch, ...input });
      if (!climbed.ok) return undefined;
      found = await kernel.escalations(board, input);
    }
    const next = found.ok ? found.value.next_at : null;
    return !found.ok || next === null ? Number.POSITIVE_INFINITY : Math.max(0, next - found.value.now);
  };

  return {
    changed: (board) => {
      seenOf(board).changed = true;
    },
    look: async (board, epoch) => {
      const seen = seenOf(board);
      const due = () => Math.min(seen.dueAt, seen.changed ? seen.notBefore : Number.POSITIVE_INFINITY);
      const now = world.monotonic();
      if (due() > now) return due() - now;
      seen.changed = false;
      seen.notBefore = now + pause;
      try {
        const wait = await climb(board, epoch);
        if (wait === undefined) return undefined;
        seen.dueAt = world.monotonic() + wait;
      } catch (error) {
        // Nobody was reminded of what has changed: it is still to be looked at.
        seen.changed = true;
        throw error;
      }
      return Math.max(0, due() - world.monotonic());
    },
  };
}
