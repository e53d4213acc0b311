import type { Board } from '../domain/board.ts';
import { type Status, statuses } from '../domain/task.ts';
import { columns, oneLine, type Paint, plain } from './render.ts';

/** Boards as text, for the terminal and for chat. */

export interface BoardSummary extends Board {
  readonly is_current: boolean;
  readonly counts: Readonly<Record<Status, number>>;
  readonly total: number;
  readonly db_path: string;
}

/** `3 ready, 1 running`, in the order of the columns. */
export const countsText = (counts: BoardSummary['counts']): string =>
  statuses
    .filter((status) => counts[status] > 0)
    .map((status) => `${counts[status]} ${status}`)
    .join(', ') || 'no tasks';

const nameText = ({ icon, name, archived }: Board): string =>
  oneLine([icon, name, archived ? '(archived)' : ''].filter((part) => part !== '').join(' '), 60);

/** One line per board: ● for the active one, slug, name, counts (contract §8.2). */
export function boardLines(boards: readonly BoardSummary[], paint: Paint = plain): string[] {
  const rows = boards.map((board) => [
    board.is_current ? '●' : ' ',
    board.slug,
    nameText(board),
    countsText(board.counts),
  ]);
  return columns(rows).map((cells, index) =>
    cells
      .map((cell, at) => (at === 1 && boards[index]?.is_current ? paint('bold', cell) : cell))
      .join('  ')
      .trimEnd(),
  );
}

/** One board in full. */
export function boardText(board: BoardSummary, paint: Paint = plain): string {
  const rows: readonly (readonly [string, string | null])[] = [
    ['name', nameText(board)],
    ['about', board.description || null],
    ['folder', board.default_workdir],
    ['database', board.db_path],
    ['tasks', `${board.total} (${countsText(board.counts)})`],
  ];
  return [
    paint('bold', board.slug),
    ...rows.flatMap(([label, value]) =>
      value === null ? [] : [`  ${paint('dim', label.padEnd(9))} ${oneLine(value, 400)}`],
    ),
  ].join('\n');
}

/** What stands above a list when there is more than one board. */
export const boardHeader = (board: Board, paint: Paint = plain): string =>
  paint('dim', `Board ${board.slug}: ${nameText(board)}`);
