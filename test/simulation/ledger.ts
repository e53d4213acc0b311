import type { BoardId, TaskId } from '../../src/domain/ids.ts';

/** What the board said yes to, and must therefore still know at the end. */
export type Kept = 'comment' | 'completed' | 'blocked' | 'subscribed' | 'archived';

export class Ledger {
  readonly promises: { readonly board: BoardId; readonly what: Kept; readonly id: string | number }[] = [];
  readonly tasks: { readonly board: BoardId; readonly id: TaskId }[] = [];

  acknowledged(board: BoardId, what: Kept, id: string | number): void {
    this.promises.push({ board, what, id });
  }

  created(board: BoardId, id: TaskId): void {
    this.tasks.push({ board, id });
  }

  on(board: BoardId): TaskId[] {
    return this.tasks.filter((task) => task.board === board).map((task) => task.id);
  }
}
