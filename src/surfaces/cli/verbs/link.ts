import { asTaskId } from '../../../domain/ids.ts';
import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  for (const verb of ['link', 'unlink'] as const) {
    program
      .command(verb)
      .description(
        verb === 'link' ? 'let a child wait for a parent' : 'let a child no longer wait for a parent',
      )
      .argument('<parent>', 'the task that comes first')
      .argument('<child>', 'the task that waits')
      .option('--json', 'print JSON')
      .action((parent, child, { json }) =>
        onBoard(program, async ({ kernel, board }) => {
          const ids = { parent_id: asTaskId(parent), child_id: asTaskId(child) };
          const { child: task } = granted(await kernel[verb](board, ids));
          if (json) sayJson({ ...ids, status: task.status });
          else
            say(
              `${verb === 'link' ? 'Linked' : 'Unlinked'} ${parent} -> ${child}  (${child} is ${task.status})`,
            );
        }),
      );
  }
}
