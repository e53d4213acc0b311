import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { asMillis, asTaskId, type BoardId, defaultBoard, homeBoard, type Millis } from '../../domain/ids.ts';
import { schemaOf } from '../migrate.ts';
import type { Patience } from '../retry.ts';
import { type Store, StoreFault, type StoreOptions } from '../store.ts';
import type { Surroundings } from '../transaction.ts';
import { BoardFile } from './board-file.ts';
import type { TypeOf } from './network.ts';
import { sqliteVerdict } from './version.ts';

export interface SqliteStoreOptions extends StoreOptions {
  /** Where a board's database file is; two boards may share one (a pinned path). */
  readonly locate: (board: BoardId) => string;
  /** How long a lock of another process is waited for before a `busy` fault names its holder; 10 s unless said. */
  readonly deadline?: Millis;
  /** Opens boards on a network file system too (`ANDON_ALLOW_NETWORK_FS`). */
  readonly allowsNetwork?: boolean;
  /** How the type of a file system is told; the system's own way unless said. */
  readonly typeOf?: TypeOf;
}

const defaultDeadline = 10_000;

/**
 * Boards in SQLite files, one per board (design §2). Opens nothing until it is asked something. Throws a `version` fault
 * when this Node's SQLite can lose data.
 */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  const verdict = sqliteVerdict(process.versions['sqlite']);
  if (!verdict.ok) throw new StoreFault('version', verdict.sentence);
  const surroundings: Surroundings = {
    now: options.now ?? (() => asMillis(Date.now())),
    newId: options.newId ?? (() => asTaskId(`t_${randomBytes(4).toString('hex')}`)),
  };
  const closing = new AbortController();
  const { deadline = defaultDeadline, allowsNetwork = false, typeOf } = options;
  const patience = (): Patience => {
    const since = performance.now();
    return { since, until: since + deadline, signal: closing.signal };
  };
  const files = new Map<string, BoardFile>();

  function fileOf(board: BoardId): BoardFile {
    closing.signal.throwIfAborted();
    const path = realPath(resolve(options.locate(board)));
    const known = files.get(path);
    if (known !== undefined) return known;
    const file = new BoardFile(path, schemaOf(board), surroundings, {
      patience,
      makesFolder: board === defaultBoard || board === homeBoard,
      allowsNetwork,
      typeOf,
    });
    files.set(path, file);
    return file;
  }

  return {
    write: async (board, work, how) => fileOf(board).write(work, how),
    read: async (board, work) => fileOf(board).read(work),
    exists: async (board) => fileOf(board).exists(),
    follow: (board, listener) => fileOf(board).follow(listener),
    health: async (board) => fileOf(board).health(),
    unwritten: async (board) => fileOf(board).unwritten(),
    upgrade: async (board) => fileOf(board).upgrade(),
    mend: async (board) => fileOf(board).mend(),
    release: async (board) => fileOf(board).release(),
    retire: async (board) => fileOf(board).release(),
    async close() {
      closing.abort(new Error('The store is closed.'));
      await Promise.all([...files.values()].map((file) => file.close()));
    },
  };
}

/** The path without symbolic links, also where its last parts do not exist yet: two names of one file are one handle. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}
