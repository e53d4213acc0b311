import { isOn } from '../domain/env.ts';
import type { BoardId } from '../domain/ids.ts';
import type { Summary } from '../domain/view.ts';
import { summary } from '../kernel/summary.ts';
import { boardPaths, type Home } from '../services/home.ts';
import { openArchive } from '../store/sqlite/archive.ts';
import type { OnStep } from '../store/sqlite/draft.ts';
import type { Reader } from '../store/store.ts';

export type { OnStep };

/** Backups of the boards of a home whose boards are files. */
export interface HomeArchive {
  /** Copies a board to the new file `to`, and tells what the copy holds. */
  backup(board: BoardId, to: string, onStep: OnStep): Promise<Summary>;
  /** What a backup holds. */
  look(board: BoardId, backup: string): Promise<Summary>;
  /** Puts a backup in the place of a board; what was there is kept as `aside`. */
  restore(
    board: BoardId,
    backup: string,
    terms: { readonly aside: string; readonly epochs: ReadonlyMap<string, number> },
    onStep: OnStep,
  ): Promise<Summary>;
}

export function openHomeArchive(home: Home): HomeArchive {
  const archive = openArchive({
    locate: (board) => boardPaths(home, board).db,
    allowsNetwork: isOn(home.env, 'ANDON_ALLOW_NETWORK_FS'),
  });
  return {
    backup: (board, to, onStep) => archive.backup(board, to, told, onStep),
    look: (board, backup) => archive.look(board, backup, told),
    restore: (board, backup, terms, onStep) => archive.restore(board, backup, terms, told, onStep),
  };
}

async function told(reader: Reader): Promise<Summary> {
  const answer = await summary(reader);
  if (!answer.ok) throw new Error(answer.refusal.sentence);
  return answer.value;
}
