import { forEachTask } from '../bulk.ts';
import { usage } from '../failure.ts';
import { jsonObject, wholeNumber } from '../options.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('edit')
    .description('change the words of a task, or the result of a done one')
    .argument('<id>', 'the task')
    .option('--title <text>', 'its new title')
    .option('--body <text>', 'the whole assignment')
    .option('--priority <number>', 'higher runs earlier', wholeNumber())
    .option('--result <text>', 'what came out (done tasks only)')
    .option('--summary <text>', 'with --result: what was done')
    .option('--metadata <json>', 'with --result: facts as a JSON object', jsonObject)
    .option('--json', 'print JSON')
    .action((id, { title, body, priority, result, summary, metadata, json }) => {
      if (result === undefined && (summary !== undefined || metadata !== undefined)) {
        throw usage('--summary and --metadata go with --result; give that too.');
      }
      const changes = { title, body, priority, result, summary, metadata };
      if (Object.values(changes).every((value) => value === undefined)) {
        throw usage('Nothing to change was named; give --title, --body, --priority or --result.');
      }
      return forEachTask(program, [id], { past: 'Edited', json }, (desk, task_id) =>
        desk.kernel.edit(desk.board, { task_id, ...changes }),
      );
    });
}
