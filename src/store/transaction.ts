import { performance } from 'node:perf_hooks';
import { asRunId, type Millis, type RunId, type TaskId } from '../domain/ids.ts';
import { integer, single } from './columns.ts';
import { type Query, sql } from './sql.ts';
import type { Connection } from './sqlite/connection.ts';
import type { Reader, Tx } from './store.ts';

/** What a transaction sees of the world beside its database. */
export interface Surroundings {
  readonly now: () => Millis;
  readonly newId: () => TaskId;
}

/** What a board that was never made answers. */
export const emptyReader = (now: Millis): Reader => ({
  now,
  all: async () => [],
  one: async () => undefined,
});

/**
 * Runs `work` on a connection whose transaction has just begun; the caller ends it. While a transaction is open the event
 * loop must not turn: whoever awaited a file, a socket, a timer or a second transaction would keep every writer of every
 * process waiting (or itself, forever). An immediate that fires is the proof, and makes this reject. A quick answer may
 * come before the immediate; then the loop's own count tells (0.1 µs).
 */
export async function insideTransaction<T>(
  connection: Connection,
  surroundings: Surroundings,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const tx = new OpenTransaction(connection, surroundings);
  const waited = Promise.withResolvers<never>();
  const turns = loopTurns();
  const probe = setImmediate(() => waited.reject(waitedInside()));
  try {
    const result = await Promise.race([work(tx), waited.promise]);
    if (loopTurns() !== turns) throw waitedInside();
    return result;
  } finally {
    clearImmediate(probe);
    tx.end();
  }
}

const loopTurns = (): number => performance.nodeTiming.uvMetricsInfo.loopCount;

const waitedInside = (): Error =>
  new Error(
    'A transaction awaited something other than its own statements (a file, a socket, a timer, another transaction). ' +
      'It was rolled back: do that before or after it.',
  );

/** A statement that had to change a row found none, although the transaction holds the board's write lock. */
export const changedNothing = ({ parts }: Query<never>): Error =>
  new Error(`A statement that has to change a row changed none; nothing was kept: ${parts.join('?').trim()}`);

/** The last number of a run. SQLite notes it, but not for a table that another program made without AUTOINCREMENT. */
export const lastRun = sql(single(integer))`
  select max(coalesce((select seq from sqlite_sequence where name = 'task_runs'), 0),
    coalesce((select max(id) from task_runs), 0)) as value`;

/** Nobody else writes while the transaction is open. */
export const runIdsAfter = (last: number | undefined, count: number): readonly RunId[] =>
  Array.from({ length: count }, (_, index) => asRunId((last ?? 0) + 1 + index));

class OpenTransaction implements Tx {
  readonly now: Millis;
  readonly #connection: Connection;
  readonly #newId: () => TaskId;
  #ended = false;

  constructor(connection: Connection, surroundings: Surroundings) {
    this.now = surroundings.now();
    this.#connection = connection;
    this.#newId = surroundings.newId;
  }

  newId(): TaskId {
    return this.#newId();
  }

  async newRunIds(count: number): Promise<readonly RunId[]> {
    this.#refuseAfterEnd();
    return runIdsAfter(this.#connection.all(lastRun)[0], count);
  }

  async all<Row>(query: Query<Row>): Promise<Row[]> {
    this.#refuseAfterEnd();
    return this.#connection.all(query);
  }

  async one<Row>(query: Query<Row>): Promise<Row | undefined> {
    this.#refuseAfterEnd();
    return this.#connection.all(query)[0];
  }

  run(query: Query<never>): void {
    this.#refuseAfterEnd();
    this.#connection.run(query);
  }

  mustChange(query: Query<never>): void {
    this.#refuseAfterEnd();
    if (this.#connection.run(query) === 0) throw changedNothing(query);
  }

  async change(query: Query<never>): Promise<number> {
    this.#refuseAfterEnd();
    return this.#connection.run(query);
  }

  end(): void {
    this.#ended = true;
  }

  #refuseAfterEnd(): void {
    if (this.#ended) throw new Error('This transaction has ended; its statements cannot be used any more.');
  }
}
