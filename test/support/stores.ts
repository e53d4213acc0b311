import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { asMillis, type BoardId } from '../../src/domain/ids.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store, StoreOptions } from '../../src/store/store.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A store on this one file, whatever the board; closed when the test ends. `deadline` is in milliseconds. */
export function openFile(path: string, deadline = 10_000): Store {
  const store = openSqliteStore({ locate: () => path, deadline: asMillis(deadline) });
  onTestFinished(() => store.close());
  return store;
}

/** Where boards of one test live. Every `open` is one more store on them, as another process would have. */
export interface Place {
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

export const stores: readonly StoreKind[] = [sqlite];
