import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isFault, toFault } from '../faults.ts';
import { type Patience, replacedUnder, whileBusy } from '../retry.ts';
import { StoreFault } from '../store.ts';
import type { Surroundings } from '../transaction.ts';
import { type Access, Connection } from './connection.ts';
import { identityOf, rename, sizeOf, standingAt } from './file-identity.ts';
import { strangerAt } from './locks.ts';
import { saveLost } from './lost-copy.ts';
import { isMarked, type Loss, missing } from './made-mark.ts';
import { refuseNetwork, type TypeOf } from './network.ts';

/** The database and its side files, by what their names add to its own. */
const suffixes = ['', '-wal', '-shm'] as const;

type Identity = Readonly<Record<(typeof suffixes)[number], string | undefined>>;

/** An open connection, and which file that was. */
export interface Handle {
  readonly connection: Connection;
  readonly access: Access;
  /** Device and inode of the file and its side files when they were opened: others may stand there later. */
  readonly identity: Identity;
  /** Its schema has been looked at and is whole. */
  checked: boolean;
}

export interface Terms {
  /**
   * The folder of a board other than `default` is made with the board, never by a write: one that comes late, as the record
   * of a slow delivery, would bring a removed board back.
   */
  readonly makesFolder: boolean;
  /** Also opens what lies on a network file system. */
  readonly allowsNetwork: boolean;
  /** How the type of a file system is told; the system's own way unless said. */
  readonly typeOf?: TypeOf | undefined;
}

/**
 * Opens the connections of one file, and sees to it that each is on the file which stands at its path. How that could go
 * wrong:
 * - Another file is renamed over ours, or ours is removed: SQLite goes on with the old one and notices nothing.
 * - The side files of the old one stay behind: SQLite would pour its WAL into the new file.
 * - The file is lost, and an empty one is made in its place as if there had never been a board.
 */
export class Opening {
  readonly #path: string;
  readonly #surroundings: Surroundings;
  readonly #terms: Terms;
  readonly #handles = new Set<Handle>();
  #isPlaceFit = false;

  constructor(path: string, surroundings: Surroundings, terms: Terms) {
    this.#path = path;
    this.#surroundings = surroundings;
    this.#terms = terms;
  }

  /** Whether a handle is on the file that stands at the path now (3 µs). */
  isCurrent({ identity }: Handle): boolean {
    const found = standingAt(this.#path);
    return found?.identity === identity[''] && !found?.isEmpty;
  }

  /** Whether there is anything to open; throws `missing` when there was. */
  isThere(): boolean {
    if (this.#isFilled()) return true;
    if (!this.isMarked()) return false;
    // The mark comes after the file: what somebody has made between the two looks is there by now.
    if (this.#isFilled()) return true;
    throw this.lost(standingAt(this.#path) === undefined ? 'is gone' : 'is empty');
  }

  /** Whether a database was in use here. */
  isMarked(): boolean {
    return isMarked(this.#path);
  }

  lost(loss: Loss): StoreFault {
    return missing(this.#path, loss);
  }

  #isFilled(): boolean {
    const found = standingAt(this.#path);
    return found !== undefined && !found.isEmpty;
  }

  /** The same handle while it is good, else a new one in its place. */
  async open(handle: Handle | undefined, access: Access, patience: Patience): Promise<Handle> {
    // A frozen connection would never see that its file has changed: it serves one read.
    if (handle?.connection.isOpen && handle.access !== 'frozen' && this.isCurrent(handle)) return handle;
    if (handle) this.close(handle);
    for (;;) {
      const found = standingAt(this.#path)?.identity;
      if (!this.isThere() && access === 'create') this.#makeFolder();
      this.#refuseUnfitPlace();
      const connection = await whileBusy(this.#path, patience, () => this.#connect(access));
      const [file, wal, shm] = suffixes.map((suffix) => identityOf(this.#path + suffix));
      // The side files are opened by name, later than the file: were it replaced in between, they would be of another one.
      if (found === undefined || file === found) {
        const identity = { '': file, '-wal': wal, '-shm': shm };
        const opened = { connection, access, identity, checked: false };
        this.#handles.add(opened);
        return opened;
      }
      connection.close();
    }
  }

  /** For reading, also where nothing can be written, as far as that is possible. */
  async openToRead(handle: Handle | undefined, patience: Patience): Promise<Handle> {
    try {
      return await this.open(handle, 'read', patience);
    } catch (error) {
      if (!isFault(error, 'readonly', 'io', 'full')) throw error;
      if (sizeOf(`${this.#path}-wal`) > 0) {
        throw new StoreFault(
          'readonly',
          `${this.#path} cannot be read here: its newest commits are still in ${this.#path}-wal, and reading those needs ` +
            'a folder that can be written. Read it as its owner, or copy the three files elsewhere.',
          { cause: error },
        );
      }
      return await this.open(undefined, 'frozen', patience);
    }
  }

  /** Closes a handle. When another file stands in its place, or none, what it held is saved first. */
  close(handle: Handle): void {
    this.#handles.delete(handle);
    if (handle.connection.isOpen && !this.isCurrent(handle)) this.#leave(handle);
    handle.connection.close();
  }

  /**
   * The last handle of a file that is not there any more saves what it held. The side files must not stay: they are set aside,
   * not deleted, while our connection still keeps their inodes from being reused. So is the file itself when it was emptied
   * where it stands: SQLite would write into it what is left in its WAL when this connection closes, which is half a board.
   */
  #leave({ connection, identity }: Handle): void {
    const now = this.#surroundings.now();
    const others = [...this.#handles].some((other) => other.identity[''] === identity['']);
    if (!others) saveLost(connection, this.#path, now);
    for (const suffix of suffixes) {
      const path = this.#path + suffix;
      if (identity[suffix] !== undefined && identity[suffix] === identityOf(path)) {
        rename(path, `${path}.replaced-${now}`);
      }
    }
  }

  /**
   * Whoever of us has the old file open notices within a second, and sets its side files aside; this process does so now, but
   * for a handle in the midst of a transaction.
   */
  #connect(access: Access): Connection {
    for (const handle of this.#handles) {
      if (!handle.connection.inTransaction && !this.isCurrent(handle)) this.close(handle);
    }
    const stranger = access === 'frozen' ? undefined : strangerAt(this.#path);
    if (stranger !== undefined) throw replacedUnder(this.#path, stranger);
    return new Connection(this.#path, access);
  }

  #makeFolder(): void {
    const folder = dirname(this.#path);
    if (!this.#terms.makesFolder && identityOf(folder) === undefined) {
      throw new StoreFault('io', `There is no folder ${folder}: its board was archived or removed.`);
    }
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw toFault(error, this.#path);
    }
  }

  #refuseUnfitPlace(): void {
    if (this.#isPlaceFit || this.#terms.allowsNetwork) return;
    refuseNetwork(this.#path, this.#terms.typeOf);
    this.#isPlaceFit = true;
  }
}
