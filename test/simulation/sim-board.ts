import type { Millis, RunId, TaskId } from '../../src/domain/ids.ts';
import { type Decoder, type NamedRow, named, type Query, type RawRow, sql } from '../../src/store/sql.ts';
import { inOrder } from '../../src/store/sqlite/connection.ts';
import type { Reader, Tx } from '../../src/store/store.ts';
import { changedNothing, lastRun, runIdsAfter } from '../../src/store/transaction.ts';
import type { Actor } from './scheduler.ts';
import { type Prepared, SimDatabase } from './sim-database.ts';

/** One board's database, and the one who holds its lock. */
export class SimBoard {
  holder: Actor | undefined;
  #database: SimDatabase | undefined;

  constructor(schema: string) {
    this.#database = SimDatabase.take(schema);
  }

  /** Throws once the board is closed: the database may be another seed's by then. */
  get database(): SimDatabase {
    if (this.#database === undefined) throw new Error('A board was used after its end.');
    return this.#database;
  }

  close(): void {
    this.database.giveBack();
    this.#database = undefined;
  }

  allTasks(): Map<string, NamedRow> {
    const rows = this.rows(sql(named((row) => row))`select * from tasks`);
    return new Map(rows.map((row) => [String(row['id']), row]));
  }

  rows<Row>({ parts, values, decode }: Query<Row>): Row[] {
    const { statement, columns } = this.database.statement(parts);
    return statement
      .all(...values)
      .map(inOrder)
      .map(decode(columns));
  }

  reader(now: Millis): Reader {
    return {
      now,
      all: async (query) => this.rows(query),
      one: async (query) => this.rows(query)[0],
    };
  }
}

const oneTask = /from tasks t\s.* where t\.id = \?$/s;
const guard = /and status = \?\s+and current_run_id is not distinct from \?/;

function unguarded(text: string): string {
  if (!guard.test(text)) throw new Error('The update of a task has no guard that could be left out.');
  return text.replace(guard, 'and (true or status = ?) and (true or current_run_id = ?)');
}

/** Reads a row with what the task's row held before instead. */
function asBefore<Row>(
  decode: Decoder<Row>,
  columns: readonly string[],
  stale: NamedRow,
): (row: RawRow) => Row {
  const read = decode(columns);
  return (row) => read(columns.map((name, at) => (name in stale ? stale[name] : row[at])));
}

/** A transaction that has begun. A broken build reads `stale` rows, or updates blindly. */
export class SimTransaction implements Tx {
  readonly now: Millis;
  readonly #board: SimBoard;
  readonly #newId: () => TaskId;
  readonly #blind: boolean;
  #stale: Map<string, NamedRow> | undefined;
  #ended = false;

  constructor(
    board: SimBoard,
    now: Millis,
    newId: () => TaskId,
    stale: Map<string, NamedRow> | undefined,
    blind: boolean,
  ) {
    this.now = now;
    this.#board = board;
    this.#newId = newId;
    this.#stale = stale;
    this.#blind = blind;
  }

  newId(): TaskId {
    return this.#newId();
  }

  async newRunIds(count: number): Promise<readonly RunId[]> {
    return runIdsAfter(this.#rows(lastRun)[0], count);
  }

  async all<Row>(query: Query<Row>): Promise<Row[]> {
    return this.#rows(query);
  }

  async one<Row>(query: Query<Row>): Promise<Row | undefined> {
    return this.#rows(query)[0];
  }

  run(query: Query<never>): void {
    this.#changes(query);
  }

  mustChange(query: Query<never>): void {
    if (this.#changes(query) === 0) throw changedNothing(query);
  }

  async change(query: Query<never>): Promise<number> {
    return this.#changes(query);
  }

  end(): void {
    this.#ended = true;
  }

  #rows<Row>(query: Query<Row>): Row[] {
    this.#refuseAfterEnd();
    const isStale = this.#stale !== undefined && oneTask.test(query.parts.join('?'));
    const stale = isStale ? this.#stale?.get(String(query.values[0])) : undefined;
    if (stale === undefined) return this.#board.rows(query);
    return this.#board.rows({ ...query, decode: (columns) => asBefore(query.decode, columns, stale) });
  }

  #changes(query: Query<never>): number {
    this.#refuseAfterEnd();
    return Number(this.#statement(query.parts).statement.run(...query.values).changes);
  }

  #statement(parts: readonly string[]): Prepared {
    const { database } = this.#board;
    if (this.#stale === undefined && !this.#blind) return database.statement(parts);
    const text = parts.join('?');
    const isUpdate = text.includes('update tasks set status');
    if (isUpdate) this.#stale = undefined;
    return database.prepare(isUpdate && this.#blind ? unguarded(text) : text);
  }

  #refuseAfterEnd(): void {
    if (this.#ended) throw new Error('A transaction was used after its end.');
  }
}
