import { Option } from '@commander-js/extra-typings';
import { blockKinds } from '../../../domain/task.ts';
import { forEachTask } from '../bulk.ts';
import { runOf } from '../on-board.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('block')
    .description('stop tasks until somebody unblocks them')
    .argument('<id>', 'the task')
    .argument('[reason...]', 'what is missing; it becomes a comment')
    .option('--ids <ids...>', 'more tasks to block for the same reason')
    .addOption(
      new Option('--kind <kind>', 'by what; twice in a row by the same brings it into triage').choices(
        blockKinds,
      ),
    )
    .option('--json', 'print JSON')
    .action((id, words, { ids = [], kind, json }) => {
      const reason = words.join(' ').trim() || undefined;
      return forEachTask(
        program,
        [id, ...ids],
        { past: 'Blocked', json, lands: 'blocked' },
        (desk, task_id) =>
          desk.kernel.block(desk.board, {
            task_id,
            ...runOf(desk, task_id),
            reason,
            kind,
            comment_as: reason && desk.author,
          }),
      );
    });

  program
    .command('unblock')
    .description('let blocked tasks go on')
    .option('--reason <text>', 'the answer; it becomes a comment')
    .argument('<ids...>', 'the tasks')
    .option('--json', 'print JSON')
    .action((ids, { reason, json }) =>
      forEachTask(program, ids, { past: 'Unblocked', json, lands: 'varies' }, (desk, task_id) =>
        desk.kernel.unblock(desk.board, { task_id, reason, comment_as: reason && desk.author }),
      ),
    );
}
