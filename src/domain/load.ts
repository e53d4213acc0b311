import type { BoardId, ProfileName } from './ids.ts';
import type { LiveRun } from './view.ts';

/** What runs, as admission counts it. */

/** What a live run takes: one slot of its board, its profile and its tenant. Both lanes count. */
export interface Slot {
  readonly board: BoardId;
  readonly profile: ProfileName | null;
  readonly tenant: string | null;
  /** Its run is over, and only its process is still there. */
  readonly answered?: boolean | undefined;
}

/** What a live run of a board takes. */
export const slotOf = (
  { profile, tenant, ended_at }: Pick<LiveRun, 'profile' | 'tenant' | 'ended_at'>,
  board: BoardId,
): Slot => ({ board, profile, tenant, answered: ended_at !== null });

/** Live runs, counted against each limit. */
export interface Load {
  readonly home: number;
  readonly boards: ReadonlyMap<string, number>;
  readonly profiles: ReadonlyMap<string, number>;
  readonly tenants: ReadonlyMap<string, number>;
  /** Runs that may still bring an answer, by their board alone and with their profile. */
  readonly open: ReadonlyMap<string, number>;
}

const ofBoard = (board: BoardId, profile: string | null = null): string => `${board} ${profile ?? ''}`;

/** How many runs of a board, or of a profile there, may still bring an answer. */
export const openOn = ({ open }: Load, board: BoardId, profile: string | null): number =>
  open.get(ofBoard(board, profile)) ?? 0;

export function loadOf(slots: readonly Slot[]): Load {
  const count = (names: readonly (string | null)[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const name of names) if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts;
  };
  return {
    home: slots.length,
    boards: count(slots.map(({ board }) => board)),
    profiles: count(slots.map(({ profile }) => profile)),
    tenants: count(slots.map(({ tenant }) => tenant)),
    open: count(
      slots.flatMap(({ board, profile, answered }) => {
        if (answered) return [];
        return profile === null ? [ofBoard(board)] : [ofBoard(board), ofBoard(board, profile)];
      }),
    ),
  };
}
