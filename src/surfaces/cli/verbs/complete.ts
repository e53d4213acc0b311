import { forEachTask } from '../bulk.ts';
import { usage } from '../failure.ts';
import { runOf } from '../on-board.ts';
import { jsonObject } from '../options.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('complete')
    .description('say that tasks are done; what waits for them may start')
    .argument('<ids...>', 'the tasks')
    .option('--result <text>', 'what came out')
    .option('--summary <text>', 'what was done, for the tasks that follow (one task only)')
    .option('--metadata <json>', 'facts as a JSON object (one task only)', jsonObject)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  andon complete t_1a2b3c4d --summary "Counted 812 files" --metadata '{"files": 812}'
  andon complete t_1a2b3c4d t_5e6f7a8b`,
    )
    .action((ids, { result, summary, metadata, json }) => {
      if (ids.length > 1 && (summary !== undefined || metadata !== undefined)) {
        throw usage(
          '--summary and --metadata belong to one task; complete several tasks one by one, or without them.',
        );
      }
      return forEachTask(program, ids, { past: 'Completed', json }, (desk, task_id) =>
        desk.kernel.complete(desk.board, {
          task_id,
          ...runOf(desk, task_id),
          result,
          summary,
          metadata,
        }),
      );
    });
}
