import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isFault, toFault } from '../faults.ts';
import { bringUpToDate, inspect, type Schema } from '../migrate.ts';
import { Mutex } from '../mutex.ts';
import { type Patience, whileBusy } from '../retry.ts';
import { type Reader, StoreFault, type Tx } from '../store.ts';
import { faultsOf, whatCameNew } from '../tables/health.ts';
import { emptyReader, insideTransaction, type Surroundings } from '../transaction.ts';
import { Bell } from './bell.ts';
import { type Access, Connection } from './connection.ts';
import { identityOf, rename } from './file-identity.ts';
import { Followers } from './follow.ts';
import { shapeOf } from './shape.ts';

const sideFiles = ['-wal', '-shm'] as const;

type Identity = Readonly<Record<'file' | (typeof sideFiles)[number], string | undefined>>;

interface Handle {
  readonly connection: Connection;
  readonly access: Access;
  /** Device and inode of the file and its side files when they were opened: others may stand there later. */
  readonly identity: Identity;
  /** Its schema has been looked at and is whole. */
  checked: boolean;
}

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
  readonly #makesFolder: boolean;
  readonly #writing = new Mutex();
  readonly #reading = new Mutex();
  readonly #bell: Bell;
  readonly #followers: Followers;
  #writer: Handle | undefined;
  #reader: Handle | undefined;
  /** The last commit of others that followers have heard of, and on which connection it was counted. */
  #heard: { readonly connection: Connection; readonly version: number } | undefined;

  /**
   * `patience` is asked once per request. The folder of a board other than `default` is made with the board, never by a
   * write (`makesFolder`): one that comes late, as the record of a slow delivery, would bring a removed board back.
   */
  constructor(
    path: string,
    schema: Schema,
    surroundings: Surroundings,
    options: { readonly patience: () => Patience; readonly makesFolder: boolean },
  ) {
    this.#path = path;
    this.#schema = schema;
    this.#surroundings = surroundings;
    this.#patience = options.patience;
    this.#makesFolder = options.makesFolder;
    this.#bell = new Bell(path);
    this.#followers = new Followers(this.#bell, () => this.#hasChanged());
  }

  write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const patience = this.#patience();
    return this.#writing.run(async () => {
      const connection = await this.#ensureSchema(await this.#openWriter('create', patience), patience);
      return this.#commit(connection, patience, work);
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

  /** See `Store.upgrade`. */
  upgrade(): Promise<readonly string[] | undefined> {
    const patience = this.#patience();
    return this.#writing.run(async () => {
      if (identityOf(this.#path) === undefined) return undefined;
      const writer = await this.#openWriter('write', patience);
      const { connection } = writer;
      const state = await this.#whileBusy(patience, () => inspect(connection, this.#schema));
      if (state === 'absent') return undefined;
      const before = shapeOf(connection);
      await this.#ensureSchema(writer, patience);
      return whatCameNew(before, shapeOf(connection));
    }, patience.signal);
  }

  /** The first call may come without a commit, when it cannot be known whether there was one. */
  follow(listener: () => void): () => void {
    return this.#followers.add(listener);
  }

  /** Waits for what runs and closes both connections; those who follow open them again at their next look. */
  async release(): Promise<void> {
    const never = new AbortController().signal;
    await this.#reading.run(async () => {
      this.#reader?.connection.close();
      this.#reader = undefined;
    }, never);
    await this.#writing.run(async () => {
      this.#writer?.connection.close();
      this.#writer = undefined;
    }, never);
    this.#bell.close();
  }

  /** Ends what follows too. The signal of `patience` must have fired: it ends what waits. */
  async close(): Promise<void> {
    this.#followers.close();
    await this.release();
  }

  async #commit<T>(connection: Connection, patience: Patience, work: (tx: Tx) => Promise<T>): Promise<T> {
    await this.#whileBusy(patience, () => connection.exec('begin immediate'));
    const before = connection.value('select total_changes()');
    try {
      const result = await insideTransaction(connection, this.#surroundings, work);
      const changed = connection.value('select total_changes()') !== before;
      await this.#whileBusy(patience, () => connection.exec('commit'));
      // A refused command changed nothing; nobody needs to look.
      if (changed) this.#announce();
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
    this.#writer = await this.#open(this.#writer, access, patience);
    return this.#writer;
  }

  /** Once per opened file; the tables may have been made by another process since, so it looks again under the lock. */
  async #ensureSchema(writer: Handle, patience: Patience): Promise<Connection> {
    const { connection } = writer;
    if (writer.checked) return connection;
    if ((await this.#whileBusy(patience, () => inspect(connection, this.#schema))) !== 'current') {
      await this.#commit(connection, patience, async ({ now }) =>
        bringUpToDate(connection, this.#schema, now),
      );
    }
    writer.checked = true;
    return connection;
  }

  /** The reader, on a file whose schema is whole as far as that can be done; `undefined` when there is nothing to read. */
  async #openReader(patience: Patience): Promise<Connection | undefined> {
    if (identityOf(this.#path) === undefined) {
      this.#reader?.connection.close();
      this.#reader = undefined;
      return undefined;
    }
    const reader = await this.#openToRead(patience);
    this.#reader = reader;
    if (reader.checked) return reader.connection;
    const state = await this.#whileBusy(patience, () => inspect(reader.connection, this.#schema));
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
      if (!isFault(error, 'readonly', 'io')) throw error;
    }
  }

  async #openToRead(patience: Patience): Promise<Handle> {
    try {
      return await this.#open(this.#reader, 'read', patience);
    } catch (error) {
      if (!isFault(error, 'readonly', 'io')) throw error;
      if ((statSync(`${this.#path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) {
        throw new StoreFault(
          'readonly',
          `${this.#path} cannot be read here: its newest commits are still in ${this.#path}-wal, and reading those needs ` +
            'a folder that can be written. Read it as its owner, or copy the three files elsewhere.',
          { cause: error },
        );
      }
      return await this.#open(undefined, 'frozen', patience);
    }
  }

  async #open(handle: Handle | undefined, access: Access, patience: Patience): Promise<Handle> {
    const found = identityOf(this.#path);
    const replaced = handle !== undefined && handle.identity.file !== found;
    // A frozen connection would never see that its file has changed: it serves one read.
    if (handle?.connection.isOpen && !replaced && handle.access !== 'frozen') return handle;
    if (replaced) this.#letGo(handle);
    handle?.connection.close();
    if (access === 'create' && found === undefined) this.#makeFolder();
    const connection = await this.#whileBusy(patience, () => new Connection(this.#path, access));
    const [wal, shm] = sideFiles.map((suffix) => identityOf(this.#path + suffix));
    return {
      connection,
      access,
      identity: { file: found ?? identityOf(this.#path), '-wal': wal, '-shm': shm },
      checked: false,
    };
  }

  /**
   * Another file stands in our place. The side files of the old one must not stay beside it: SQLite would pour the old WAL
   * into the new file. They are set aside, not deleted, while our connection still keeps their inodes from being reused.
   */
  #letGo({ identity }: Handle): void {
    for (const suffix of sideFiles) {
      const path = this.#path + suffix;
      if (identity[suffix] !== undefined && identity[suffix] === identityOf(path)) {
        rename(path, `${path}.replaced-${this.#surroundings.now()}`);
      }
    }
    this.#bell.close();
  }

  /** Whether others have committed since the last time this was asked. */
  async #hasChanged(): Promise<boolean> {
    if (identityOf(this.#path) === undefined) return false;
    const patience = this.#patience();
    return this.#writing.run(async () => {
      const { connection } = await this.#openWriter('write', patience);
      const before = this.#heard;
      const version = connection.dataVersion();
      this.#heard = { connection, version };
      return before?.connection !== connection || before.version !== version;
    }, patience.signal);
  }

  #makeFolder(): void {
    const folder = dirname(this.#path);
    if (!this.#makesFolder && identityOf(folder) === undefined) {
      throw new StoreFault('io', `There is no folder ${folder}: its board was archived or removed.`);
    }
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw toFault(error, this.#path);
    }
  }

  #whileBusy<T>(patience: Patience, attempt: () => T): Promise<T> {
    return whileBusy(this.#path, patience, attempt);
  }
}
