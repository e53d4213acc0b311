import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client, escapeIdentifier } from 'pg';
import { onTestFinished } from 'vitest';
import { asMillis, type BoardId, defaultBoard } from '../../src/domain/ids.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store, StoreOptions } from '../../src/store/store.ts';
import { freshDatabase } from './databases.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A store on this one file, whatever the board; closed when the test ends. `deadline` is in milliseconds. */
export function openFile(path: string, deadline = 10_000): Store {
  const store = openSqliteStore({ locate: () => path, deadline: asMillis(deadline) });
  onTestFinished(() => store.close());
  return store;
}

/** Where boards of one test live. Every `open` is one more store on them, as another process would have. */
export interface Place {
  /** Where another process finds the board `default`: a path or an address. */
  address(): Promise<string>;
  open(options: StoreOptions): Store;
  /** Runs plain SQL past all our code, as a foreign program on the same database would. */
  foreign(board: BoardId, text: string): Promise<void>;
}

/** One database that the product runs on. Behaviour tests loop over `stores`, so that all of them behave the same. */
export interface StoreKind {
  readonly name: string;
  /** A new, empty place, which is removed when the test ends. */
  place(): Place;
}

const sqlite: StoreKind = {
  name: 'sqlite',
  place() {
    const folder = temporaryFolder();
    const locate = (board: BoardId) => join(folder, `${board}.db`);
    return {
      address: async () => locate(defaultBoard),
      open: (options) => openSqliteStore({ ...options, locate }),
      async foreign(board, text) {
        const database = new DatabaseSync(locate(board));
        try {
          database.exec(text);
        } finally {
          database.close();
        }
      },
    };
  },
};

const postgres: StoreKind = {
  name: 'postgres',
  place() {
    const made = freshDatabase();
    return {
      address: () => made,
      open: (options) => onceMade(made.then((url) => openPostgresStore({ ...options, url }))),
      async foreign(board, text) {
        const client = new Client(await made);
        await client.connect();
        try {
          const found = await client.query('select schema from andon.boards where slug = $1', [board]);
          await client.query(`set search_path = ${escapeIdentifier(found.rows[0].schema)}; ${text}`);
        } finally {
          await client.end();
        }
      },
    };
  },
};

/** The store, which can be used at once although its database is still being made. */
const onceMade = (made: Promise<Store>): Store => ({
  write: async (board, work, how) => (await made).write(board, work, how),
  read: async (board, work) => (await made).read(board, work),
  exists: async (board) => (await made).exists(board),
  follow(board, listener) {
    const following = made.then((store) => store.follow(board, listener));
    return () => void following.then((end) => end());
  },
  health: async (board) => (await made).health(board),
  upgrade: async (board) => (await made).upgrade(board),
  unwritten: async (board) => (await made).unwritten(board),
  mend: async (board) => (await made).mend(board),
  release: async (board) => (await made).release(board),
  retire: async (board, as) => (await made).retire(board, as),
  close: async () => (await made).close(),
});

export const stores: readonly StoreKind[] = [sqlite, postgres];
