import { readdirSync, renameSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Millis } from '../../domain/ids.ts';
import { command } from '../sql.ts';
import type { Connection } from './connection.ts';
import { draftBeside } from './draft.ts';

/** Every process that had the file open saves it; whoever looks through them needs no more than a few. */
const mostCopies = 5;

/**
 * Saves what a connection holds whose file was replaced or deleted, as `<db>.lost-<time>.db`: its commits may exist nowhere
 * else. Never throws, and deletes nothing: with enough copies there, no more are made.
 */
export function saveLost(connection: Connection, path: string, now: Millis): void {
  const copy = `${path}.lost-${now}.db`;
  try {
    const [folder, prefix] = [dirname(path), `${basename(path)}.lost-`];
    const copies = readdirSync(folder).filter((name) => name.startsWith(prefix) && name.endsWith('.db'));
    if (copies.length >= mostCopies) return;
    connection.exec('pragma query_only = off');
    connection.run(command`vacuum into ${draftBeside(copy)}`);
    renameSync(draftBeside(copy), copy);
  } catch {
    // The folder is gone with the board, the disk is full, or the file was broken already.
  }
}
