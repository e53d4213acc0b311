import { createKernel } from '../../src/kernel/create-kernel.ts';
import type { Query } from '../../src/store/sql.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Reader, Store, Tx } from '../../src/store/store.ts';
import { lastRun } from '../../src/store/transaction.ts';
import type { Work } from '../harness/child.ts';
import { operationOf } from './andon.ts';
import type { Job } from './job.ts';

/** What a kernel asked of its store. */
export interface Asked {
  statements: number;
  /** Rows that came back. */
  read: number;
  /** Rows that were changed. */
  written: number;
}

/** Is told of each statement, with the rows it read and changed. */
type Watcher = (query: Query<unknown>, rows: { readonly read: number; readonly written: number }) => void;

/** A store that tells of what is asked of another. */
export function watching(store: Store, watcher: Watcher): Store {
  const reader = (inner: Reader): Reader => ({
    now: inner.now,
    all: async (query) => {
      const rows = await inner.all(query);
      watcher(query, { read: rows.length, written: 0 });
      return rows;
    },
    one: async (query) => {
      const row = await inner.one(query);
      watcher(query, { read: row === undefined ? 0 : 1, written: 0 });
      return row;
    },
  });
  /** Only `change` tells how many rows it were; on SQLite it is done when it returns. */
  const change = (inner: Tx, query: Query<never>): void => {
    void inner.change(query).then((written) => watcher(query, { read: 0, written }));
  };
  const transaction = (inner: Tx): Tx => ({
    ...reader(inner),
    actor: inner.actor,
    newId: () => inner.newId(),
    newRunIds: (count) => {
      watcher(lastRun, { read: 1, written: 0 });
      return inner.newRunIds(count);
    },
    run: (query) => change(inner, query),
    mustChange: (query) => change(inner, query),
    change: async (query) => {
      const written = await inner.change(query);
      watcher(query, { read: 0, written });
      return written;
    },
  });
  return {
    ...store,
    write: (board, work) => store.write(board, (tx) => work(transaction(tx))),
    read: (board, work) => store.read(board, (inner) => work(reader(inner))),
  };
}

/** What one operation asks of the store, on average; nothing is timed. */
export const work: Work<Job, Asked> = async (job) => {
  const asked: Asked = { statements: 0, read: 0, written: 0 };
  const store = watching(openSqliteStore({ locate: () => job.path }), (_, { read, written }) => {
    asked.statements += 1;
    asked.read += read;
    asked.written += written;
  });
  const kernel = createKernel(store);
  const operation = operationOf(kernel, job);
  const { from = 0, count } = job;
  // The first one also opens the board.
  await operation(from);
  const before = { ...asked };
  for (let number = from + 1; number <= from + count; number += 1) await operation(number);
  await kernel.close();
  const each = (name: keyof Asked): number => (asked[name] - before[name]) / count;
  return { statements: each('statements'), read: each('read'), written: each('written') };
};
