import { formatBytes } from '../../domain/size.ts';
import { isFault } from '../faults.ts';
import { bringUpToDate, inspect, type Schema, type SchemaState } from '../migrate.ts';
import { Mutex } from '../mutex.ts';
import { type Patience, whileBusy } from '../retry.ts';
import type { Reader, Tx, WriteOptions } from '../store.ts';
import { faultsOf, mendIndexes, unwrittenIn, whatCameNew } from '../tables/health.ts';
import { emptyReader, insideTransaction, type Surroundings } from '../transaction.ts';
import { Bell } from './bell.ts';
import type { Connection } from './connection.ts';
import { identityOf, sizeOf } from './file-identity.ts';
import { Followers } from './follow.ts';
import { putMark } from './made-mark.ts';
import { type Handle, Opening, type Terms } from './opening.ts';
import { shapeOf } from './shape.ts';

/** Bytes. A WAL is written back every 1000 pages, so one that is twice as long has been held up. */
const longWal = 8 * 1024 * 1024;

/**
 * One database file of this process: the writer, a reader that sees committed state only (a read on the writer's
 * connection would see half a command), and those who follow it. Nothing but SQLite may open the file, its `-wal` or its
 * `-shm` in this process: closing any other descriptor of them drops all of SQLite's locks, and the next last close by
 * anybody unlinks the WAL under us. `stat` by path is harmless.
 *
 * Lock order: the reader's turn, then the writer's; never the other way round.
 */
export class BoardFile {
  readonly #path: string;
  readonly #schema: Schema;
  readonly #surroundings: Surroundings;
  readonly #patience: () => Patience;
  readonly #opening: Opening;
  readonly #writing = new Mutex();
  readonly #reading = new Mutex();
  readonly #bell: Bell;
  readonly #followers: Followers;
  #writer: Handle | undefined;
  #reader: Handle | undefined;
  /** The last commit of others that followers have heard of, and on which connection it was counted. */
  #heard: { readonly connection: Connection; readonly version: number } | undefined;

  /** `patience` is asked once per request. */
  constructor(
    path: string,
    schema: Schema,
    surroundings: Surroundings,
    terms: Terms & { readonly patience: () => Patience },
  ) {
    this.#path = path;
    this.#schema = schema;
    this.#surroundings = surroundings;
    this.#patience = terms.patience;
    this.#opening = new Opening(path, surroundings, terms);
    this.#bell = new Bell(path);
    this.#followers = new Followers(this.#bell, () => this.#hasChanged());
  }

  write<T>(work: (tx: Tx) => Promise<T>, { quietly = false }: WriteOptions = {}): Promise<T> {
    const patience = this.#patience();
    return this.#writing.run(async () => {
      for (;;) {
        const writer = await this.#openWriter('create', patience);
        await this.#ensureSchema(writer, patience);
        if (await this.#begin(writer, patience)) return this.#finish(writer, patience, work, quietly);
      }
    }, patience.signal);
  }

  read<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    const patience = this.#patience();
    return this.#reading.run(async () => {
      const connection = await this.#openReader(patience);
      if (connection === undefined) return work(emptyReader(this.#surroundings.now()));
      await this.#whileBusy(patience, () => connection.beginSnapshot());
      try {
        return await insideTransaction(connection, this.#surroundings, work);
      } finally {
        connection.rollback();
      }
    }, patience.signal);
  }

  exists(): Promise<boolean> {
    const patience = this.#patience();
    return this.#reading.run(async () => (await this.#openReader(patience)) !== undefined, patience.signal);
  }

  /** See `Store.health`. */
  health(): Promise<readonly string[]> {
    const patience = this.#patience();
    return this.#reading.run(async () => {
      const connection = await this.#openReader(patience);
      if (connection === undefined) return [];
      return this.#whileBusy(patience, () => faultsOf(connection, this.#schema));
    }, patience.signal);
  }

  /** See `Store.unwritten`. How long the WAL's file is says nothing: what was written back stays in it. */
  unwritten(): Promise<number> {
    const patience = this.#patience();
    return this.#reading.run(async () => {
      const connection = await this.#openReader(patience);
      return connection === undefined ? 0 : unwrittenIn(connection);
    }, patience.signal);
  }

  /** See `Store.upgrade`. */
  upgrade(): Promise<readonly string[] | undefined> {
    const patience = this.#patience();
    return this.#writing.run(async () => {
      if (!this.#opening.isThere()) return undefined;
      const writer = await this.#openWriter('write', patience);
      const { connection } = writer;
      if ((await this.#stateOf(writer, patience)) === 'absent') return undefined;
      // It may have been found whole at its opening, and changed by somebody since.
      writer.checked = false;
      const before = shapeOf(connection);
      await this.#ensureSchema(writer, patience);
      return whatCameNew(before, shapeOf(connection));
    }, patience.signal);
  }

  /** See `Store.mend`. */
  mend(): Promise<readonly string[]> {
    const patience = this.#patience();
    return this.#writing.run(async () => {
      if (!this.#opening.isThere()) return [];
      const writer = await this.#openWriter('write', patience);
      if ((await this.#stateOf(writer, patience)) === 'absent') return [];
      const { connection } = writer;
      const done = (await this.#whileBusy(patience, () => mendIndexes(connection)))
        ? ['its indexes were built anew']
        : [];
      const before = sizeOf(`${this.#path}-wal`);
      // When readers are in its way, it does what it can and says no more.
      connection.value('pragma wal_checkpoint(truncate)');
      const written = before - sizeOf(`${this.#path}-wal`);
      return written > longWal ? [...done, `${formatBytes(written)} of its WAL were written back`] : done;
    }, patience.signal);
  }

  /** The first call may come without a commit, when it cannot be known whether there was one. */
  follow(listener: () => void): () => void {
    return this.#followers.add(listener);
  }

  /** Waits for what runs and closes both connections; those who follow open them again at their next look. */
  async release(): Promise<void> {
    const never = new AbortController().signal;
    await this.#reading.run(async () => this.#closeReader(), never);
    await this.#writing.run(async () => this.#closeWriter(), never);
  }

  /** Ends what follows too. The signal of `patience` must have fired: it ends what waits. */
  async close(): Promise<void> {
    this.#followers.close();
    await this.release();
  }

  /** Begins to write; false when the file is another one by now, and no commit would be seen by anybody. */
  async #begin(writer: Handle, patience: Patience): Promise<boolean> {
    await this.#whileBusy(patience, () => writer.connection.beginImmediate());
    if (this.#opening.isCurrent(writer)) return true;
    writer.connection.rollback();
    return false;
  }

  /** Works in the transaction that has begun, and ends it. */
  async #finish<T>(
    { connection }: Handle,
    patience: Patience,
    work: (tx: Tx) => Promise<T>,
    quietly = false,
  ): Promise<T> {
    try {
      const result = await insideTransaction(connection, this.#surroundings, work);
      const changed = connection.takeChanges();
      await this.#whileBusy(patience, () => connection.step('commit'));
      // A refused command changed nothing; nobody needs to look.
      if (changed && !quietly) this.#announce();
      return result;
    } catch (error) {
      connection.rollback();
      throw error;
    }
  }

  /** SQLite does not count a connection's own commits in its `data_version`: those here are told directly. */
  #announce(): void {
    this.#bell.ring();
    this.#followers.publish();
  }

  async #openWriter(access: 'create' | 'write', patience: Patience): Promise<Handle> {
    const before = this.#writer;
    this.#writer = undefined;
    this.#writer = await this.#opening.open(before, access, patience);
    // The bell beside a file that is there no longer is not the one that others ring.
    if (before !== undefined && this.#writer !== before) this.#bell.close();
    return this.#writer;
  }

  #closeWriter(): void {
    if (this.#writer) this.#opening.close(this.#writer);
    this.#writer = undefined;
    this.#bell.close();
  }

  #closeReader(): void {
    if (this.#reader) this.#opening.close(this.#reader);
    this.#reader = undefined;
  }

  /** Throws when the file was a board once. */
  async #stateOf({ connection }: Handle, patience: Patience): Promise<SchemaState> {
    const look = () => this.#whileBusy(patience, () => inspect(connection, this.#schema));
    const state = await look();
    if (state !== 'absent' || !this.#opening.isMarked()) return state;
    // The mark comes after the tables: what somebody has made between the two looks is there by now.
    const now = await look();
    if (now === 'absent') throw this.#opening.lost('holds no board any more');
    return now;
  }

  /** Once per opened file; does nothing when the file has been replaced meanwhile. */
  async #ensureSchema(writer: Handle, patience: Patience): Promise<void> {
    if (writer.checked) return;
    if ((await this.#stateOf(writer, patience)) !== 'current') {
      if (!(await this.#begin(writer, patience))) return;
      // Another process may have made the tables since: this looks again under the lock.
      await this.#finish(writer, patience, async ({ now }) =>
        bringUpToDate(writer.connection, this.#schema, now),
      );
    }
    writer.checked = true;
    putMark(this.#path, this.#surroundings.now());
  }

  /** The reader, on a file whose schema is whole as far as that can be done; `undefined` when there is nothing to read. */
  async #openReader(patience: Patience): Promise<Connection | undefined> {
    if (this.#reader && !this.#opening.isCurrent(this.#reader)) this.#closeReader();
    if (this.#reader === undefined && !this.#opening.isThere()) return undefined;
    const reader = await this.#opening.openToRead(this.#reader, patience);
    this.#reader = reader;
    if (reader.checked) return reader.connection;
    const state = await this.#stateOf(reader, patience);
    if (state === 'absent') return undefined;
    if (state === 'behind') await this.#completeSchema(patience);
    reader.checked = true;
    return reader.connection;
  }

  async #completeSchema(patience: Patience): Promise<void> {
    try {
      await this.#writing.run(
        async () => this.#ensureSchema(await this.#openWriter('write', patience), patience),
        patience.signal,
      );
    } catch (error) {
      // Where nothing can be written, a read still answers what the file can answer, or names what it lacks.
      if (!isFault(error, 'readonly', 'io', 'full')) throw error;
    }
  }

  /** Whether others have committed since this was asked last; where the writer is free, as each second, without a promise. */
  #hasChanged(): boolean | Promise<boolean> {
    const writer = this.#writer;
    if (writer === undefined) return identityOf(this.#path) !== undefined && this.#lookInTurn();
    const isGood = this.#writing.isFree && writer.connection.isOpen && this.#opening.isCurrent(writer);
    return isGood ? this.#hasNews(writer.connection) : this.#lookInTurn();
  }

  #lookInTurn(): Promise<boolean> {
    const patience = this.#patience();
    return this.#writing.run(async () => {
      if (this.#writer && !this.#opening.isCurrent(this.#writer)) {
        this.#closeWriter();
        return true;
      }
      const standing = this.#writer?.connection.isOpen ? this.#writer : undefined;
      if (standing === undefined && !this.#opening.isThere()) return false;
      const { connection } = standing ?? (await this.#openWriter('write', patience));
      return this.#hasNews(connection);
    }, patience.signal);
  }

  #hasNews(connection: Connection): boolean {
    const before = this.#heard;
    const version = connection.dataVersion();
    if (before?.connection === connection && before.version === version) return false;
    this.#heard = { connection, version };
    return true;
  }

  #whileBusy<T>(patience: Patience, attempt: () => T): Promise<T> {
    return whileBusy(this.#path, patience, attempt);
  }
}
