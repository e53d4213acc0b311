import { existsSync, rmSync } from 'node:fs';
import { bringUpToDate, inspect, type Schema } from '../migrate.ts';
import { firstText, sql } from '../sql.ts';
import { type Reader, StoreFault } from '../store.ts';
import { insideTransaction, type Surroundings } from '../transaction.ts';
import { Connection } from './connection.ts';
import { rename } from './file-identity.ts';
import { syncFolderOf } from './sync-folder.ts';

/** What is being done to a whole board, and how much of it is done. */
export type OnStep = (step: Step, share?: number) => void;
export type Step = 'copying' | 'checking' | 'keeping' | 'replacing';

/** A question to a board at one moment. */
export type Ask<T> = (reader: Reader) => Promise<T>;

export interface Drafting<T> {
  readonly schema: Schema;
  readonly surroundings: Surroundings;
  readonly ask: Ask<T>;
  readonly onStep: OnStep;
}

/**
 * Copies what `source` sees into the new file `draft`, checks the copy, brings its tables up to date, and gives what `ask`
 * says of it. When that fails, nothing stays.
 */
export async function makeDraft<T>(source: Connection, draft: string, drafting: Drafting<T>): Promise<T> {
  try {
    await copySnapshot(source, draft, (share) => drafting.onStep('copying', share));
    drafting.onStep('checking');
    return await check(draft, source.path, drafting);
  } catch (error) {
    discard(draft);
    throw error;
  }
}

export async function copySnapshot(
  source: Connection,
  to: string,
  onPages: (share: number) => void,
): Promise<void> {
  source.beginSnapshot();
  try {
    await source.copyTo(to, onPages);
  } finally {
    source.rollback();
  }
}

const line = sql(firstText);

/** `called`: how sentences name the draft. */
async function check<T>(
  draft: string,
  called: string,
  { schema, surroundings, ask }: Drafting<T>,
): Promise<T> {
  const connection = new Connection(draft, 'write');
  try {
    const [damage] = connection.all(line`pragma integrity_check(1)`);
    if (damage !== 'ok') throw new StoreFault('corrupt', `${called} is damaged: ${damage}.`);
    const state = inspect(connection, schema);
    if (state === 'absent') throw new StoreFault('schema', `${called} holds no board.`);
    if (state === 'behind') {
      connection.exec('begin immediate');
      bringUpToDate(connection, schema, surroundings.now());
      connection.exec('commit');
    }
    connection.beginSnapshot();
    try {
      return await insideTransaction(connection, surroundings, ask);
    } finally {
      connection.rollback();
    }
  } finally {
    connection.close();
  }
}

/** The name of something unfinished that this process makes: what it left when it died can be told from what is being made. */
export const draftBeside = (path: string): string => `${path}.${process.pid}.part`;

/** Removes a database that nobody has open, with what stands beside it. */
export function discard(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true });
}

/** Gives a finished draft its name, for good. A file of that name is not replaced. */
export function publish(draft: string, to: string): void {
  try {
    if (existsSync(to)) throw new StoreFault('io', `${to} is there already; name another file.`);
    rename(draft, to);
    syncFolderOf(to);
  } catch (error) {
    discard(draft);
    throw error;
  }
}
