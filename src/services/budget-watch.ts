import { type Budget, type BudgetState, exceededOn } from '../domain/budget.ts';
import type { Result } from '../domain/errors.ts';
import type { BoardId, Epoch } from '../domain/ids.ts';
import type { LiveRun } from '../domain/view.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** What a look at a board says of budgets: nothing is written while there is nothing new. */
interface Seen {
  readonly budgets: readonly BudgetState[];
  readonly processes: readonly LiveRun[];
}

const isNews = ({ budgets, processes }: Seen): boolean =>
  budgets.some(({ told }) => !told) ||
  processes.some(
    ({ ended_at, stop_at, task_id, profile }) =>
      ended_at === null && stop_at === null && exceededOn(budgets, task_id, profile) !== undefined,
  );

/**
 * Lets a board tell of budgets that were seen near or over, and ask for the end of the runs that they cover; whoever
 * settles the board then ends them. Gives whether it had to.
 */
export async function enforceBudgets(
  kernel: Kernel,
  board: BoardId,
  epoch: Epoch,
  budgets: readonly Budget[],
  seen: Seen,
  onRefusal: (result: Result<unknown>, epoch: Epoch) => void,
): Promise<boolean> {
  if (!isNews(seen)) return false;
  const tasks = seen.budgets.flatMap((state) => state.tasks ?? []);
  onRefusal(await kernel.enforceBudgets(board, { role: 'dispatcher', epoch, budgets, tasks }), epoch);
  return true;
}
