import { forEachTask } from '../bulk.ts';
import { Failure, usage } from '../failure.ts';
import { removeTasks } from '../remove-tasks.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('archive')
    .description('take tasks off the board; they stay readable')
    .argument('[ids...]', 'the tasks')
    .option('--rm <ids...>', 'instead: delete these archived tasks for good, as purge does')
    .option('--json', 'print JSON')
    .action((ids, { rm = [], json }) => {
      if (rm.length > 0 && ids.length > 0) {
        throw new Failure('Tasks to archive and --rm exclude each other; give one of them.');
      }
      if (rm.length > 0) return removeTasks(program, rm, 'purge', json);
      if (ids.length === 0) throw usage('Name the tasks to archive, or those to delete after --rm.');
      return forEachTask(program, ids, { past: 'Archived', json }, (desk, task_id) =>
        desk.kernel.archive(desk.board, { task_id }),
      );
    });
}
