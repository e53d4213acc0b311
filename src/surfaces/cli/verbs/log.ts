import { closeSync, fstatSync, openSync, readSync, statSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { asTaskId } from '../../../domain/ids.ts';
import { Failure, granted, usage } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { wholeNumber } from '../options.ts';
import { sayBytes, sayJson } from '../output.ts';
import { untilInterrupted } from '../until-interrupted.ts';
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
        if (follow) await printGrowth(path, piece);
      });
    });
}

/** What stands in a file from some position to its end. */
interface Piece {
  readonly bytes: Buffer;
  readonly inode: number;
  readonly end: number;
  /** How the file begins: it says whether it still is what it was. */
  readonly head: Buffer;
}

/** A gateway that cuts a log puts the time into its first line. */
const headLength = 64;

function readFrom(path: string, position: number): Piece {
  const descriptor = openSync(path, 'r');
  try {
    const { size, ino: inode } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.max(0, size - position));
    const length = readSync(descriptor, bytes, 0, bytes.length, position);
    const end = position + length;
    const head = Buffer.alloc(Math.min(headLength, end));
    readSync(descriptor, head, 0, head.length, 0);
    return { bytes: bytes.subarray(0, length), inode, end, head };
  } finally {
    closeSync(descriptor);
  }
}

/** Without the first line, which is probably only its end, unless that is all there is (contract §5.11). */
function wholeLines(piece: Piece): Piece {
  const first = piece.bytes.indexOf('\n');
  const rest = piece.bytes.subarray(first + 1);
  return first < 0 || rest.length === 0 ? piece : { ...piece, bytes: rest };
}

/** Prints what is appended after `printed`; a log that was rotated or cut begins anew. */
function printGrowth(path: string, printed: Piece): Promise<void> {
  let last = printed;
  const print = async () => {
    const now = statSync(path, { throwIfNoEntry: false });
    if (now === undefined || (now.ino === last.inode && now.size === last.end)) return;
    const grown = now.ino === last.inode && now.size > last.end ? readFrom(path, last.end) : undefined;
    // Cut, and grown since to where it was before.
    const same = grown?.head.subarray(0, last.head.length).equals(last.head) === true;
    last = grown && same ? grown : readFrom(path, 0);
    sayBytes(last.bytes);
  };
  // The folder and not the file: a rotated log is another file of the same name.
  return untilInterrupted((wake) => {
    const watcher = watch(dirname(path), wake);
    return () => watcher.close();
  }, print);
}
