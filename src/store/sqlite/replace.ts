import { setTimeout as pause } from 'node:timers/promises';
import { isFault } from '../faults.ts';
import { type Patience, whileBusy } from '../retry.ts';
import { command } from '../sql.ts';
import { Connection } from './connection.ts';
import { continueFrom, takeForm } from './continue.ts';
import { discard, draftBeside, type OnStep } from './draft.ts';
import { identityOf, rename, standingAt } from './file-identity.ts';
import { syncFolderOf } from './sync-folder.ts';

/**
 * Puts a checked draft in the place of a board that others have open. How it could go wrong:
 * - A commit of somebody else between what is kept of the old board and the new one would vanish: so the old board is kept
 *   while the write lock is held, and that is held until the new one is there.
 * - A file that is renamed into place meets the WAL of the old one, or a process that has opened the one file and not yet
 *   its WAL: so the content is replaced by one transaction of SQLite, and everybody sees it as a commit. Killed at any
 *   moment, this leaves the old board or the new one. Only a file that SQLite cannot use so is set aside by renaming.
 * - A number of a run or event comes round again, and a worker of the old board speaks for a run of the new one: so all
 *   counters and epochs go on from where the old board's were.
 */
export async function replaceWith(draft: string, path: string, replacing: Replacing): Promise<void> {
  const found = standingAt(path);
  try {
    if (found !== undefined && !found.isEmpty) return await overwrite(draft, path, replacing);
  } catch (error) {
    if (!isFault(error, 'corrupt')) throw error;
  }
  exchange(draft, path, undefined, replacing);
}

export interface Replacing {
  /** Where the old board is kept. */
  readonly aside: string;
  /** Epochs that roles have been led with. */
  readonly epochs: ReadonlyMap<string, number>;
  readonly patience: Patience;
  readonly onStep: OnStep;
}

async function overwrite(draft: string, path: string, replacing: Replacing): Promise<void> {
  const live = await whileBusy(path, replacing.patience, () => new Connection(path, 'write'));
  try {
    const source = new Connection(draft, 'write');
    try {
      takeForm(source, live);
      if (live.value('pragma journal_mode') === 'wal') return await pour(source, live, replacing);
    } finally {
      source.close();
    }
    // Without a WAL nobody can read while the lock is held, and there are no side files to fear.
    await whileBusy(path, replacing.patience, () => live.exec('begin immediate'));
    exchange(draft, path, live, replacing);
  } finally {
    live.close();
  }
}

/** Replaces what `live` is connected to by what `source` is, some pages at a time, in one commit. */
async function pour(source: Connection, live: Connection, replacing: Replacing): Promise<void> {
  const { aside, epochs, patience, onStep } = replacing;
  let kept = false;
  for (;;) {
    try {
      return await source.copyTo(live.path, (share) => {
        // Between its first step and its commit it holds the write lock; what the source is given now, the copy is given too.
        if (!kept) {
          keep(live, aside);
          continueFrom(source, live, epochs);
        }
        kept = true;
        onStep('replacing', share);
      });
    } catch (error) {
      if (kept) discard(aside);
      if (!isFault(error, 'busy') || performance.now() >= patience.until) throw error;
      await pause(0.2 + Math.random() * 0.8);
    }
  }
}

/** Keeps what a connection sees as a file of its own. */
function keep(live: Connection, aside: string): void {
  const part = draftBeside(aside);
  try {
    live.run(command`vacuum into ${part}`);
    rename(part, aside);
    syncFolderOf(aside);
  } finally {
    discard(part);
  }
}

/** For a file that is lost, not readable, or without a WAL; `live` holds the write lock of the latter. */
function exchange(draft: string, path: string, live: Connection | undefined, replacing: Replacing): void {
  const { aside, epochs, onStep } = replacing;
  const broken = live === undefined ? openBroken(path) : undefined;
  try {
    const connection = new Connection(draft, 'write');
    try {
      continueFrom(connection, live, epochs);
    } finally {
      connection.close();
    }
    onStep('keeping');
    // The file first: whoever opens what stands at the path finds nothing until all of the old one is away.
    for (const suffix of ['', '-wal', '-shm']) {
      if (identityOf(path + suffix) === undefined) continue;
      rename(path + suffix, aside + suffix);
      onStep('keeping');
    }
    rename(draft, path);
    syncFolderOf(path);
  } finally {
    live?.rollback();
    broken?.rollback();
    broken?.close();
  }
}

/** With its write lock, if that can still be had. */
function openBroken(path: string): Connection | undefined {
  try {
    const connection = new Connection(path, 'write');
    connection.exec('begin immediate');
    return connection;
  } catch {
    return undefined;
  }
}
