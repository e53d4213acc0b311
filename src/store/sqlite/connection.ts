import { backup, DatabaseSync, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { toFault } from '../faults.ts';
import type { Query, RawRow } from '../sql.ts';
import { StoreFault } from '../store.ts';

/**
 * - `create`: the writer; makes the file and puts it into WAL mode when it is new.
 * - `write`: the writer of a file that exists.
 * - `read`: sees committed state only and cannot write.
 * - `frozen`: for a place where SQLite cannot make its side files. It ignores the WAL, so only use it when there is none.
 */
export type Access = 'create' | 'write' | 'read' | 'frozen';

const uriOptions: Readonly<Record<Access, string>> = {
  create: 'mode=rwc',
  write: 'mode=rw',
  read: 'mode=rw',
  frozen: 'immutable=1',
};

/**
 * Set on every connection, then read back, since SQLite ignores what it does not know. `synchronous=full` keeps an
 * acknowledged commit over a power loss; a mapped file once turned a passing WAL race into lasting damage. The WAL is written
 * back every 1000 pages: every 100, as Hermes does it, keeps nothing safer, and a claim with its end takes 1.25 times as long.
 */
const settings = [
  { name: 'busy_timeout', value: 0 },
  { name: 'synchronous', value: 2 },
  { name: 'wal_autocheckpoint', value: 1000 },
  { name: 'mmap_size', value: 0 },
  { name: 'foreign_keys', value: 1 },
  { name: 'cell_size_check', value: 1 },
] as const;

/** So 157 MB are copied in half a second. */
const mostPagesAtOnce = 100;

/** More texts than the product has; a bound only for lists of many lengths. */
const mostStatements = 500;

/** A statement that is compiled, with the names of its columns once it has given rows. */
interface Prepared {
  readonly statement: StatementSync;
  columns: readonly string[] | undefined;
}

/**
 * One SQLite connection with its prepared statements. Everything here is synchronous and throws a `StoreFault`, `busy`
 * at once instead of waiting. An integer beyond 2^53 is an error of the driver, never a rounded number.
 */
export class Connection {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, Prepared>();
  /** The same by the text's pieces, which are one array wherever a query has no fragments: joining and hashing it is spared. */
  #known = new WeakMap<readonly string[], Prepared>();
  #changes: unknown;
  /** Counts the changes of the file's tables, by whoever makes them. */
  #schema: unknown;

  constructor(path: string, access: Access) {
    this.path = path;
    const uri = `${pathToFileURL(path).href}?${uriOptions[access]}`;
    this.#database = this.#named(undefined, () => new DatabaseSync(uri, { readOnly: access === 'frozen' }));
    try {
      this.#configure(access);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#database.isOpen;
  }

  /** A transaction is open; SQLite ends one itself after some failures. */
  get inTransaction(): boolean {
    return this.isOpen && this.#database.isTransaction;
  }

  all<Row>(query: Query<Row>): Row[] {
    const prepared = this.#asked(query, () => this.#statementOf(query));
    const rows = this.#asked(query, () => prepared.statement.all(...query.values)).map(inOrder);
    const [first] = rows;
    if (first === undefined) return [];
    prepared.columns ??= prepared.statement.columns().map(({ name }) => name);
    return rows.map(query.decode(prepared.columns));
  }

  /** Gives the number of rows changed. */
  run(query: Query<never>): number {
    return this.#asked(query, () => Number(this.#statementOf(query).statement.run(...query.values).changes));
  }

  /** Runs one statement that ends a transaction; it is prepared once. */
  step(text: 'commit' | 'rollback'): void {
    this.#named(text, () => this.#prepare(text).statement.run());
  }

  /** Begins a write transaction. */
  beginImmediate(): void {
    this.#begin('begin immediate');
  }

  /** Begins a read transaction whose snapshot is taken now, not at its first statement. */
  beginSnapshot(): void {
    this.#begin('begin');
  }

  /** Whether a row has been changed since this was asked last. */
  takeChanges(): boolean {
    const before = this.#changes;
    this.#changes = this.value('select total_changes()');
    return this.#changes !== before;
  }

  /** Runs text without parameters: settings, DDL. */
  exec(text: string): void {
    this.#named(text, () => this.#database.exec(text));
    this.#forgetColumns();
  }

  /** The only value of the only row of a text without parameters. */
  value(text: string): unknown {
    const row = this.#named(text, () => this.#prepare(text).statement.get());
    return row === undefined ? undefined : inOrder(row)[0];
  }

  /**
   * Copies what this connection sees to `to`, some pages at a time on another thread: into a new file, or over a database,
   * whose content it replaces in one commit while the target's write lock is held. `onPages` is told the share that is done;
   * when it throws, that ends it, and nothing has changed. Begin a snapshot, or each commit of others makes it start again.
   */
  async copyTo(to: string, onPages: (share: number) => void): Promise<void> {
    // In several steps however small it is: `onPages` is called between them, with the lock held.
    const rate = Math.max(1, Math.min(mostPagesAtOnce, Math.floor(this.pageCount() / 4)));
    const progress = (pages: { totalPages: number; remainingPages: number }) =>
      onPages(1 - pages.remainingPages / pages.totalPages);
    try {
      await backup(this.#database, to, { rate, progress });
    } catch (error) {
      throw isLocked(error)
        ? new StoreFault('busy', `${to} is locked by another process.`, { cause: error })
        : toFault(error, to);
    }
  }

  pageCount(): number {
    return Number(this.value('pragma page_count'));
  }

  /** Never throws: the failure that led here is the one to report. A connection that cannot roll back is closed. */
  rollback(): void {
    try {
      if (this.inTransaction) this.step('rollback');
    } catch {
      this.close();
    }
  }

  /**
   * Changes when *another* connection has committed. Costs two lock calls (2 µs) and reads no page; it may be busy for a
   * moment.
   */
  dataVersion(): number {
    return Number(this.value('pragma data_version'));
  }

  close(): void {
    this.#forget();
    if (this.#database.isOpen) this.#database.close();
  }

  #configure(access: Access): void {
    for (const { name, value } of settings) {
      this.exec(`pragma ${name} = ${value}`);
      const got = this.value(`pragma ${name}`);
      if (got !== value) {
        throw new StoreFault('io', `SQLite keeps ${name} at ${got} for ${this.path}; ${value} is needed.`);
      }
    }
    // Probed first: the mode is set only on a file without a page. A board that somebody put into another mode, for a
    // file system without shared memory, stays in it.
    const mode = this.value('pragma journal_mode');
    if (access === 'create' && mode !== 'wal' && this.value('pragma page_count') === 0) {
      this.exec('pragma journal_mode = wal');
    }
    if (access === 'read' || access === 'frozen') this.exec('pragma query_only = on');
    // The first read opens the WAL and its index: from here their identity can be told.
    this.value('select count(*) from sqlite_schema');
  }

  /** SQLite compiles `select *` anew by itself when a table has other columns, or the same in another order. */
  #begin(text: 'begin' | 'begin immediate'): void {
    this.#named(text, () => this.#prepare(text).statement.run());
    try {
      const schema = this.value('pragma schema_version');
      if (schema !== this.#schema) this.#forgetColumns();
      this.#schema = schema;
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  #forgetColumns(): void {
    for (const prepared of this.#statements.values()) prepared.columns = undefined;
  }

  #forget(): void {
    this.#statements.clear();
    this.#known = new WeakMap();
  }

  #statementOf({ parts }: Query<unknown>): Prepared {
    const known = this.#known.get(parts);
    if (known !== undefined) return known;
    const prepared = this.#prepare(parts.join('?'));
    this.#known.set(parts, prepared);
    return prepared;
  }

  #prepare(text: string): Prepared {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    if (this.#statements.size >= mostStatements) this.#forget();
    const statement = this.#database.prepare(text);
    statement.setReturnArrays(true);
    const prepared = { statement, columns: undefined };
    this.#statements.set(text, prepared);
    return prepared;
  }

  #asked<T>({ parts }: Query<unknown>, call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw toFault(error, this.path, parts.join('?'));
    }
  }

  #named<T>(text: string | undefined, call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw toFault(error, this.path, text);
    }
  }
}

/** A row of a statement that gives arrays, which the driver's types do not know of. */
export function inOrder(row: unknown): RawRow {
  if (!Array.isArray(row))
    throw new Error('The driver gave a row by names, and was told to give it in order.');
  return row;
}

/** The driver tells a target whose lock it did not get as an error without a code. */
const isLocked = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === 0;
