import { asTaskId } from '../../../domain/ids.ts';
import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { wholeNumber } from '../options.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

/** `body` cut to `most` characters, with a mark that says so (contract §9.4). */
function clipped(body: string, most: number | undefined): string {
  const characters = [...body];
  if (most === undefined || characters.length <= most) return body;
  return `${characters.slice(0, most).join('')}… [truncated, ${characters.length - most} chars omitted]`;
}

export function register(program: Program): void {
  program
    .command('comment')
    .description('say something on a card; the next worker reads it')
    .argument('<id>', 'the task')
    .argument('<words...>', 'the comment')
    .option('--author <name>', 'who says it, when it is not you')
    .option('--max-len <characters>', 'cut a longer comment here', wholeNumber(1))
    .option('--json', 'print the comment as JSON')
    .action((id, words, flags) =>
      onBoard(program, async (desk) => {
        const { comment } = granted(
          await desk.kernel.comment(desk.board, {
            task_id: asTaskId(id),
            author: flags.author ?? desk.author,
            body: clipped(words.join(' ').trim(), flags.maxLen),
          }),
        );
        if (flags.json) sayJson(comment);
        else say(`Commented on ${id}`);
      }),
    );
}
