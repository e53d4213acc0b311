import { Option } from '@commander-js/extra-typings';
import { forEachTask } from '../bulk.ts';
import { moment } from '../moment.ts';
import { runOf } from '../on-board.ts';
import { duration } from '../options.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('schedule')
    .description('put tasks off until a time, or until somebody unblocks them')
    .argument('<id>', 'the task')
    .argument('[reason...]', 'why; it becomes a comment')
    .addOption(
      new Option('--at <time>', 'wake then: 14:05, "2026-11-21 14:05" or ISO with a zone')
        .argParser((text) => moment(text))
        .conflicts('in'),
    )
    .addOption(
      new Option('--in <duration>', 'wake after this long: 90, 90s, 15m, 2h, 1d').argParser(duration),
    )
    .option('--ids <ids...>', 'more tasks to put off alike')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  andon schedule t_1a2b3c4d --at 14:05
  andon schedule t_1a2b3c4d waits for the release --in 2d
  andon unblock t_1a2b3c4d                          wake it now`,
    )
    .action((id, words, { at, in: after, ids = [], json }) => {
      const reason = words.join(' ').trim() || undefined;
      return forEachTask(program, [id, ...ids], { past: 'Scheduled', json }, (desk, task_id) =>
        desk.kernel.schedule(desk.board, {
          task_id,
          ...runOf(desk, task_id),
          reason,
          scheduled_at: at,
          scheduled_in_seconds: after,
          comment_as: reason && desk.author,
        }),
      );
    });
}
