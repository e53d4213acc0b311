import type { Board } from '../domain/board.ts';
import type { Result } from '../domain/errors.ts';
import type { BoardId } from '../domain/ids.ts';
import { statuses } from '../domain/task.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { boardPaths, type Home } from '../services/home.ts';
import type { BoardSummary } from './render-boards.ts';

/** What is shown of a board: what it says of itself, and what is on it. */
export async function boardSummary(
  { kernel, home }: { readonly kernel: Kernel; readonly home: Home },
  board: Board,
  current: BoardId,
): Promise<Result<BoardSummary>> {
  const counted = await kernel.counts(board.slug, {});
  if (!counted.ok) return counted;
  const counts = counted.value;
  const value = {
    ...board,
    is_current: board.slug === current,
    counts,
    total: statuses.reduce((sum, status) => sum + counts[status], 0),
    db_path: boardPaths(home, board.slug).db,
  };
  return { ok: true, value };
}
