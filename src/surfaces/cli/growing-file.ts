import { closeSync, fstatSync, openSync, readSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { untilInterrupted } from './until-interrupted.ts';

/** What stands in a file from some position to its end. */
export interface Piece {
  readonly bytes: Buffer;
  readonly inode: number;
  readonly end: number;
  /** How the file begins: it says whether it still is what it was. */
  readonly head: Buffer;
}

/** A gateway that cuts a log puts the time into its first line. */
const headLength = 64;

export function readFrom(path: string, position: number): Piece {
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
export function wholeLines(piece: Piece): Piece {
  const first = piece.bytes.indexOf('\n');
  const rest = piece.bytes.subarray(first + 1);
  return first < 0 || rest.length === 0 ? piece : { ...piece, bytes: rest };
}

/** Tells what is appended after `printed`, until Ctrl-C; a file that was rotated or cut begins anew. */
export function followFile(path: string, printed: Piece, tell: (bytes: Buffer) => void): Promise<void> {
  let last = printed;
  const look = async () => {
    const now = statSync(path, { throwIfNoEntry: false });
    if (now === undefined || (now.ino === last.inode && now.size === last.end)) return;
    const grown = now.ino === last.inode && now.size > last.end ? readFrom(path, last.end) : undefined;
    // Cut, and grown since to where it was before.
    const same = grown?.head.subarray(0, last.head.length).equals(last.head) === true;
    last = grown && same ? grown : readFrom(path, 0);
    tell(last.bytes);
  };
  // The folder and not the file: a rotated log is another file of the same name.
  return untilInterrupted((wake) => {
    const watcher = watch(dirname(path), wake);
    return () => watcher.close();
  }, look);
}
