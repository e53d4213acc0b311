import { forEachTask } from '../bulk.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('archive')
    .description('take tasks off the board; they stay readable')
    .argument('<ids...>', 'the tasks')
    .option('--json', 'print JSON')
    .action((ids, { json }) =>
      forEachTask(program, ids, { past: 'Archived', json }, (desk, task_id) =>
        desk.kernel.archive(desk.board, { task_id }),
      ),
    );
}
