import { asTaskId, parseAssignee } from '../../../domain/ids.ts';
import { taskAnswer } from '../../answers.ts';
import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('assign')
    .description('give a task to a profile, or to nobody')
    .argument('<id>', 'the task')
    .argument('<profile>', 'who does it; none, - or null for nobody')
    .option('--json', 'print the task as JSON')
    .action((id, profile, { json }) =>
      onBoard(program, async ({ kernel, board }) => {
        const input = { task_id: asTaskId(id), assignee: parseAssignee(profile) };
        const { task } = granted(await kernel.assign(board, input));
        if (json) sayJson(taskAnswer(task));
        else say(`Assigned ${task.id} to ${task.assignee ?? 'nobody'}`);
      }),
    );
}
