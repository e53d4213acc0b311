import { asTaskId } from '../../../domain/ids.ts';
import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('context')
    .description('print what a worker of this task is told')
    .argument('<id>', 'the task')
    .option('--json', 'print JSON')
    .action((id, { json }) =>
      onBoard(program, async ({ kernel, board }) => {
        const text = granted(await kernel.brief(board, { task_id: asTaskId(id) }));
        if (json) sayJson({ task_id: id, context: text });
        else say(text.replace(/\n$/, ''));
      }),
    );
}
