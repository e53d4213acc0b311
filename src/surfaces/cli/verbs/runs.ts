import { asTaskId } from '../../../domain/ids.ts';
import { runAnswer, runDelays } from '../../answers.ts';
import { runTable } from '../../render.ts';
import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import { runFilter, stateName, stateType } from '../run-filter.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('runs')
    .description(
      'list the attempts at a task, or at every task: outcome, time taken, time queued, time to start',
    )
    .argument('[id]', 'the task; all tasks unless said')
    .addOption(stateType())
    .addOption(stateName())
    .option('--json', 'print JSON')
    .action((id, flags) => {
      const wanted = runFilter(flags);
      return onBoard(program, async ({ kernel, board, paint }) => {
        const task_id = id === undefined ? undefined : asTaskId(id);
        const runs = granted(await kernel.runs(board, { task_id })).filter(wanted);
        if (flags.json)
          sayJson(runs.map((run) => ({ task_id: run.task_id, ...runAnswer(run), ...runDelays(run) })));
        else say(runs.length === 0 ? '(no matching runs)' : runTable(runs, paint, id === undefined));
      });
    });
}
