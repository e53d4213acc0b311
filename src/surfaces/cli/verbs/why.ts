import { asTaskId } from '../../../domain/ids.ts';
import { whyText } from '../../render.ts';
import { onBoard } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import { reasonFor } from '../reason.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('why')
    .description('say what a task waits for, and what happens next')
    .argument('<id>', 'the task')
    .option('--json', 'print JSON, with the code of the reason')
    .action((id, { json }) =>
      onBoard(program, async (desk) => {
        const reason = await reasonFor(desk, asTaskId(id));
        if (json) sayJson({ task_id: id, ...reason });
        else say(whyText(reason));
      }),
    );
}
