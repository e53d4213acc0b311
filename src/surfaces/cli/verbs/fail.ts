import { Option } from '@commander-js/extra-typings';
import { blames, workerExcuses } from '../../../domain/fault.ts';
import { asTaskId } from '../../../domain/ids.ts';
import { granted } from '../failure.ts';
import { moment } from '../moment.ts';
import { onBoard, runOf } from '../on-board.ts';
import { duration } from '../options.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('fail')
    .description('say as a worker that a task cannot go on, and whose fault that is')
    .argument('<id>', 'the task')
    .argument('<error...>', 'what went wrong')
    .addOption(
      new Option('--cause <cause>', 'what counts as an attempt (task, agent), or what does not')
        .choices([...blames, ...workerExcuses])
        .default('task' as const),
    )
    .addOption(
      new Option('--until <time>', 'when it passes: 14:05, "2026-11-21 14:05" or ISO with a zone')
        .argParser((text) => moment(text))
        .conflicts('for'),
    )
    .addOption(new Option('--for <duration>', 'for how long: 90, 90s, 15m, 2h, 1d').argParser(duration))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
What is the provider's or the machine's costs the task no attempt; its profile, or the machine, rests meanwhile.

Examples:
  andon fail "$ANDON_TASK" "the tests do not pass"
  andon fail "$ANDON_TASK" "usage limit reached" --cause quota --until 18:00`,
    )
    .action((id, words, { cause, until, for: seconds, json }) =>
      onBoard(program, async (desk) => {
        const { settingsOf } = await import('../configuration.ts');
        const { failure_limit } = await settingsOf(desk.home);
        const task_id = asTaskId(id);
        const error = words.join(' ');
        const input = {
          task_id,
          ...runOf(desk, task_id),
          error,
          cause,
          until,
          for_seconds: seconds,
          failure_limit,
        };
        const { task } = granted(await desk.kernel.fail(desk.board, input));
        if (json) sayJson({ ok: true, task_id, status: task.status });
        else say(`Failed ${id}  (${task.status})`);
      }),
    );
}
