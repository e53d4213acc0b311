import { statSync } from 'node:fs';
import { join } from 'node:path';
import { asTaskId } from '../../../domain/ids.ts';
import { Failure, granted, usage } from '../failure.ts';
import { followFile, readFrom, wholeLines } from '../growing-file.ts';
import { onBoard } from '../on-board.ts';
import { wholeNumber } from '../options.ts';
import { sayBytes, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('log')
    .description("print the output of a task's workers")
    .argument('<id>', 'the task')
    .option(
      '--tail <bytes>',
      'only the end: at most this many bytes, from the beginning of a line',
      wholeNumber(1),
    )
    .option('--follow', 'go on as the log grows; Ctrl-C ends it')
    .option('--json', 'print JSON')
    .action((id, { tail, follow, json }) => {
      if (follow && json) throw usage('--follow and --json exclude each other; give one of them.');
      return onBoard(program, async ({ kernel, board, paths }) => {
        const { task } = granted(await kernel.show(board, { task_id: asTaskId(id), events: 0 }));
        const path = join(paths.logs, `${task.id}.log`);
        const size = statSync(path, { throwIfNoEntry: false })?.size;
        if (size === undefined) {
          throw new Failure(`Task ${id} has no log: no worker of it was started here (${path}).`);
        }
        const piece =
          tail === undefined || size <= tail ? readFrom(path, 0) : wholeLines(readFrom(path, size - tail));
        if (json) {
          sayJson({ task_id: id, path, size, text: piece.bytes.toString() });
          return;
        }
        sayBytes(piece.bytes);
        if (follow) await followFile(path, piece, sayBytes);
      });
    });
}
