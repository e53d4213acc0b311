import { asTaskId } from '../../../domain/ids.ts';
import { spendingText } from '../../../domain/usage.ts';
import { showAnswer } from '../../answers.ts';
import { taskCard } from '../../render.ts';
import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import { reasonFor } from '../reason.ts';
import { runFilter, stateName, stateType } from '../run-filter.ts';
import type { Program } from '../verb.ts';

/** How many events a card shows (contract §8.2). */
const lastEvents = 20;

export function register(program: Program): void {
  program
    .command('show')
    .description('show a whole card: facts, reason, comments, runs, events')
    .argument('<id>', 'the task')
    .addOption(stateType())
    .addOption(stateName())
    .option('--json', 'print JSON')
    .action((id, flags) => {
      const wanted = runFilter(flags);
      return onBoard(program, async (desk) => {
        const task_id = asTaskId(id);
        const whole = granted(await desk.kernel.show(desk.board, { task_id, events: lastEvents }));
        const view = { ...whole, runs: whole.runs.filter(wanted) };
        const settled = ['running', 'done', 'archived'].includes(view.task.status);
        const reason = settled ? undefined : await reasonFor(desk, task_id);
        const usage = granted(await desk.kernel.usage(desk.board, { by: 'run', task_id }));
        if (flags.json) return sayJson({ ...showAnswer(view), why: reason ?? null, usage });
        say(taskCard(view, reason, desk.paint));
        const [sum] = granted(await desk.kernel.usage(desk.board, { by: 'board', task_id }));
        if (sum !== undefined) say(`Spent: ${spendingText(sum)}`);
      });
    });
}
