import type { BoardId, Millis, RunId, TaskId } from '../domain/ids.ts';
import type { Query } from './sql.ts';

/** Committed state at one moment. */
export interface Reader {
  /** From the database's host, or from a test's clock. */
  readonly now: Millis;
  all<Row>(query: Query<Row>): Promise<Row[]>;
  /** The first row, or `undefined`. */
  one<Row>(query: Query<Row>): Promise<Row | undefined>;
}

/** The only way to write. It is a type and a first parameter, so that nobody begins a transaction inside another. */
export interface Tx extends Reader {
  /** Who asked for what is written, when it is known: it stands in each event as `by`. */
  readonly actor?: string | undefined;
  /** A fresh task id (contract §3.1): the kernel knows no randomness. */
  newId(): TaskId;
  /**
   * Fresh numbers for runs, in their order. Asked for beside the question for a task, they spare PostgreSQL a journey for
   * each run that begins; one that is not used is never used.
   */
  newRunIds(count: number): Promise<readonly RunId[]>;
  /**
   * Runs a statement whose answer nobody waits for: on PostgreSQL it travels with whatever comes next. If it fails, so does
   * the transaction, at the latest at its commit.
   */
  run(query: Query<never>): void;
  /** The same for a statement that has to change a row: if it changes none, the transaction fails. */
  mustChange(query: Query<never>): void;
  /** Runs a statement, waits for it and gives the number of rows it changed. */
  change(query: Query<never>): Promise<number>;
}

export interface WriteOptions {
  /** Nobody who follows the board is told of what is changed, as nobody waits for it: so a renewed lease wakes no one. */
  readonly quietly?: boolean;
}

/**
 * One writer per board at a time, on both databases, so that code may read, decide in TypeScript and write.
 * No file, socket or timer may be awaited inside `work`: the adapter notices and throws.
 */
export interface Store {
  /** Runs `work` holding the board's write lock; commits when it resolves, rolls back when it throws. */
  write<T>(board: BoardId, work: (tx: Tx) => Promise<T>, options?: WriteOptions): Promise<T>;
  /** Runs `work` on one snapshot of committed state. An uninitialised board reads as empty and is not created. */
  read<T>(board: BoardId, work: (reader: Reader) => Promise<T>): Promise<T>;
  /** Whether the board's tables exist. Never creates anything. */
  exists(board: BoardId): Promise<boolean>;
  /**
   * Calls `listener` after each commit on the board by anybody, soon and at the latest at the adapter's next look (after
   * 1 s on SQLite, 5 s on PostgreSQL); several commits may come as one call. Of a quiet commit only other processes may hear,
   * by such a look. Gives the function that ends it.
   */
  follow(board: BoardId, listener: () => void): () => void;
  /** What is wrong with the board's database itself, one sentence each; nothing of a board that was never made. */
  health(board: BoardId): Promise<readonly string[]>;
  /** Bytes that were committed and wait in the WAL to be written back; 0 where a server sees to that. */
  unwritten(board: BoardId): Promise<number>;
  /**
   * Brings the tables of a board up to date, as its first write would, and gives the names of what came new: tables,
   * indexes, columns as `table.column`. Gives `undefined`, and makes nothing, when the board was never made.
   */
  upgrade(board: BoardId): Promise<readonly string[] | undefined>;
  /**
   * Mends what can be mended without losing anything: indexes that are damaged by themselves are built anew, and a long WAL
   * is written back. Gives what was done, a sentence each without its subject; nothing of a board that was never made.
   */
  mend(board: BoardId): Promise<readonly string[]>;
  /** Closes what is open of a board, as when it is moved away or deleted; the next question opens it again. */
  release(board: BoardId): Promise<void>;
  /**
   * Takes a board's tables out of service, after which its name is free for another; one that was never made is fine. In
   * SQLite the tables are a file in the board's folder, which the caller moves or removes: there this is `release`. In
   * PostgreSQL they are kept under the name `_archived/<as>`, or dropped for good when `as` is null. Throws for the home's own board.
   */
  retire(board: BoardId, as: string | null): Promise<void>;
  close(): Promise<void>;
}

/** Opens stores with a clock and ids of the caller's: a test moves the one and fixes the other. */
export interface StoreOptions {
  readonly now?: () => Millis;
  readonly newId?: () => TaskId;
}

/** A database that cannot be used: what is wrong, where, and what to do. Never a reason to create a new one. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
  readonly code: StoreFaultCode;

  constructor(code: StoreFaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * `corrupt`: the database itself is broken; `unreadable` is only a value in it. `missing`: one that was here once is gone,
 * empty or without tables, and is never made anew. `unsafe`: it lies where SQLite cannot keep it whole.
 */
export type StoreFaultCode =
  | 'busy'
  | 'corrupt'
  | 'full'
  | 'io'
  | 'missing'
  | 'readonly'
  | 'schema'
  | 'unreadable'
  | 'unsafe'
  | 'version';
