import { createKernel } from '../../src/kernel/create-kernel.ts';
import type { Query } from '../../src/store/sql.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Reader, Store, Tx } from '../../src/store/store.ts';
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

/** A store that counts what is asked of another. */
export function counting(store: Store): { readonly store: Store; readonly asked: Asked } {
  const asked: Asked = { statements: 0, read: 0, written: 0 };
  const told = <Rows>(read: number, rows: Rows): Rows => {
    asked.statements += 1;
    asked.read += read;
    return rows;
  };
  const reader = (inner: Reader): Reader => ({
    now: inner.now,
    all: async (query) => {
      const rows = await inner.all(query);
      return told(rows.length, rows);
    },
    one: async (query) => {
      const row = await inner.one(query);
      return told(row === undefined ? 0 : 1, row);
    },
  });
  /** `change` tells how many rows it were; on SQLite it is done when it returns. */
  const count = (inner: Tx, query: Query<never>): void => {
    asked.statements += 1;
    void inner.change(query).then((changed) => {
      asked.written += changed;
    });
  };
  const transaction = (inner: Tx): Tx => ({
    ...reader(inner),
    actor: inner.actor,
    newId: () => inner.newId(),
    run: (query) => count(inner, query),
    mustChange: (query) => count(inner, query),
    change: async (query) => {
      const changed = await inner.change(query);
      asked.written += changed;
      return told(0, changed);
    },
  });
  return {
    asked,
    store: {
      ...store,
      write: (board, work) => store.write(board, (tx) => work(transaction(tx))),
      read: (board, work) => store.read(board, (inner) => work(reader(inner))),
    },
  };
}

/** What one operation asks of the store, on average; nothing is timed. */
export const work: Work<Job, Asked> = async (job) => {
  const { store, asked } = counting(openSqliteStore({ locate: () => job.path }));
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
