import { randomBytes } from 'node:crypto';
import { asMillis, asTaskId, type BoardId, type Millis } from '../../domain/ids.ts';
import type { Patience } from '../retry.ts';
import type { Store, StoreOptions } from '../store.ts';
import { PostgresBoard } from './board.ts';
import { PostgresFollowers } from './follow.ts';
import { PostgresServer } from './server.ts';
import type { Terms } from './transaction.ts';

export interface PostgresStoreOptions extends StoreOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** How long a lock of another session is waited for before a `busy` fault names its holder; 10 s unless said. */
  readonly lockTimeout?: Millis;
}

const defaultLockTimeout = asMillis(10_000);

/**
 * Boards in a PostgreSQL database, one schema per board (design §2). Connects when it is asked something, and makes a board
 * at its first write. Throws an `io` fault when the address cannot be read.
 */
export function openPostgresStore(options: PostgresStoreOptions): Store {
  const closing = new AbortController();
  const terms: Terms = {
    now: options.now,
    newId: options.newId ?? (() => asTaskId(`t_${randomBytes(4).toString('hex')}`)),
  };
  const { lockTimeout = defaultLockTimeout } = options;
  const patience = (): Patience => {
    const since = performance.now();
    return { since, until: since + lockTimeout, signal: closing.signal };
  };
  const server = new PostgresServer(options.url, closing.signal);
  const followers = new PostgresFollowers(server.config, randomBytes(6).toString('hex'));
  const boards = new Map<BoardId, PostgresBoard>();

  function boardOf(board: BoardId): PostgresBoard {
    closing.signal.throwIfAborted();
    const known = boards.get(board);
    if (known !== undefined) return known;
    const bell = { text: followers.bellOf(board), publish: () => followers.publish(board) };
    const opened = new PostgresBoard(board, server, terms, bell, patience);
    boards.set(board, opened);
    return opened;
  }

  let closed: Promise<unknown> | undefined;
  return {
    write: async (board, work, how) => boardOf(board).write(work, how),
    read: async (board, work) => boardOf(board).read(work),
    exists: async (board) => boardOf(board).exists(),
    follow(board, listener) {
      closing.signal.throwIfAborted();
      return followers.add(board, listener);
    },
    health: async (board) => boardOf(board).health(),
    unwritten: async () => 0,
    upgrade: async (board) => boardOf(board).upgrade(),
    // A server looks after its own files.
    mend: async () => [],
    release: async (board) => boardOf(board).release(),
    retire: async (board, as) => boardOf(board).retire(as),
    async close() {
      closing.abort(new Error('The store is closed.'));
      closed ??= Promise.all([followers.close(), server.close()]);
      await closed;
    },
  };
}
