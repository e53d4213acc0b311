import { type BoardId, homeBoard, type Millis } from '../../domain/ids.ts';
import { isFault } from '../faults.ts';
import { type Schema, schemaOf } from '../migrate.ts';
import { Mutex } from '../mutex.ts';
import type { Patience } from '../retry.ts';
import { type Reader, StoreFault, type Tx, type WriteOptions } from '../store.ts';
import { emptyReader } from '../transaction.ts';
import { nameOf } from './faults.ts';
import { bringUpToDate, findPlace, inspect, makePlace, namesIn, type Place, retirePlace } from './schema.ts';
import type { PostgresServer } from './server.ts';
import type { PostgresSession } from './session.ts';
import {
  PlaceRetired,
  type Prologue,
  reading,
  registering,
  type Terms,
  transact,
  writing,
} from './transaction.ts';

/** Tells of a commit: `text` is the statement for other processes, `publish` for those who follow in this one. */
interface Bell {
  readonly text: string;
  readonly publish: () => void;
}

/**
 * One board on the server as this process sees it. Writers of this process take turns before they take a session, or those
 * who wait for a busy board would hold all sessions.
 *
 * Lock order: the writers' turn, then that of opening, then the server's locks.
 */
export class PostgresBoard {
  readonly #board: BoardId;
  readonly #schema: Schema;
  readonly #server: PostgresServer;
  readonly #terms: Terms;
  readonly #bell: Bell;
  readonly #patience: () => Patience;
  readonly #writing = new Mutex();
  readonly #opening = new Mutex();
  /** Known once the board's tables have been looked at and are whole. */
  #place: Place | undefined;

  /** `patience` is asked once per request. */
  constructor(board: BoardId, server: PostgresServer, terms: Terms, bell: Bell, patience: () => Patience) {
    this.#board = board;
    this.#schema = schemaOf(board);
    this.#server = server;
    this.#terms = terms;
    this.#bell = bell;
    this.#patience = patience;
  }

  write<T>(work: (tx: Tx) => Promise<T>, { quietly = false }: WriteOptions = {}): Promise<T> {
    const patience = this.#patience();
    return this.#writing.run(
      () =>
        this.#whereItIsNow(async (again) => {
          const place = await (again ? this.#openAgain(patience) : this.#openToWrite(patience));
          return this.#transact(writing(place, patience), place, patience, (tx) => work(tx), quietly);
        }),
      patience.signal,
    );
  }

  read<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    const patience = this.#patience();
    return this.#whereItIsNow(async () => {
      const place = await this.#openToRead(patience);
      if (typeof place === 'number') return work(emptyReader(this.#terms.now?.() ?? place));
      return this.#transact(reading(place), place, patience, (reader) => work(reader));
    });
  }

  exists(): Promise<boolean> {
    const patience = this.#patience();
    return this.#whereItIsNow(async () => {
      const place = await this.#openToRead(patience);
      // What this process knows may be retired: only the server can tell.
      return typeof place !== 'number' && this.#transact(reading(place), place, patience, async () => true);
    });
  }

  /** See `Store.health`. A server keeps its own files whole; what can be missing are tables. */
  health(): Promise<readonly string[]> {
    const patience = this.#patience();
    return this.#whereItIsNow(async () => {
      const place = await this.#openToRead(patience);
      if (typeof place === 'number' || !(await this.#isBehind(place, patience))) return [];
      return [
        `The schema ${place.schema} lacks tables, columns or indexes, and this role may not add them; run \`andon migrate\` as its owner.`,
      ];
    });
  }

  /** See `Store.upgrade`. */
  upgrade(): Promise<readonly string[] | undefined> {
    const patience = this.#patience();
    const upgrade = async () => {
      const place = await this.#server.use((session) => findPlace(session, this.#board));
      if (typeof place === 'number') return undefined;
      const names = () =>
        this.#transact(reading(place), place, patience, (_, session) => namesIn(session, place));
      const before = await names();
      if (await this.#isBehind(place, patience)) await this.#complete(place, patience);
      const after = await names();
      return [...after].filter((name) => !before.has(name));
    };
    return this.#opening.run(() => this.#whereItIsNow(upgrade), patience.signal);
  }

  /** Forgets where the board is, when the writers of this process are done. */
  release(): Promise<void> {
    const never = new AbortController().signal;
    return this.#writing.run(async () => {
      this.#place = undefined;
    }, never);
  }

  /** See `Store.retire`. Whoever else knows the place finds out at its next request, by `PlaceRetired`. */
  retire(as: string | null): Promise<void> {
    if (this.#board === homeBoard)
      throw new Error(`${homeBoard} cannot be retired: all boards are registered there.`);
    const patience = this.#patience();
    return this.#writing.run(async () => {
      const found = await this.#server.use((session) => findPlace(session, this.#board));
      if (typeof found !== 'number') {
        await this.#transact(registering(patience), found, patience, (_, session) =>
          retirePlace(session, this.#board, as),
        );
      }
      this.#place = undefined;
    }, patience.signal);
  }

  #openToWrite(patience: Patience): Promise<Place> {
    return this.#inTurn(patience, async () => {
      const found = await this.#server.use((session) => findPlace(session, this.#board));
      if (typeof found === 'number') return this.#make(patience);
      if (await this.#isBehind(found, patience)) await this.#complete(found, patience);
      return found;
    });
  }

  /** For a write whose board was retired: one made since is written to, but a late write makes none. */
  async #openAgain(patience: Patience): Promise<Place> {
    const found = await this.#openToRead(patience);
    if (typeof found !== 'number') return found;
    throw new StoreFault(
      'io',
      `${nameOf(this.#server.address)} has no board ${this.#board} any more: it was archived or removed.`,
    );
  }

  /** The place, or the server's time when the board was never made. */
  #openToRead(patience: Patience): Promise<Place | Millis> {
    return this.#inTurn(patience, async () => {
      const found = await this.#server.use((session) => findPlace(session, this.#board));
      if (typeof found === 'number' || !(await this.#isBehind(found, patience))) return found;
      try {
        await this.#complete(found, patience);
      } catch (error) {
        // Where nothing can be written, a read still answers what the board can answer, or names what it lacks.
        if (!isFault(error, 'readonly')) throw error;
      }
      return found;
    });
  }

  async #inTurn<Found extends Place | Millis>(
    patience: Patience,
    look: () => Promise<Found>,
  ): Promise<Found | Place> {
    if (this.#place !== undefined) return this.#place;
    return this.#opening.run(async () => {
      if (this.#place !== undefined) return this.#place;
      const found = await look();
      if (typeof found !== 'number') this.#place = found;
      return found;
    }, patience.signal);
  }

  /** Somebody else may be making the same board: it looks again under the lock. */
  #make(patience: Patience): Promise<Place> {
    return this.#transact(registering(patience), undefined, patience, async ({ now }, session) => {
      const place = await makePlace(session, this.#board);
      await bringUpToDate(session, place, this.#schema, now);
      return place;
    });
  }

  #isBehind(place: Place, patience: Patience): Promise<boolean> {
    return this.#transact(
      reading(place),
      place,
      patience,
      async (_, session) => (await inspect(session, place, this.#schema)) === 'behind',
    );
  }

  #complete(place: Place, patience: Patience): Promise<void> {
    return this.#transact(writing(place, patience), place, patience, ({ now }, session) =>
      bringUpToDate(session, place, this.#schema, now),
    );
  }

  async #transact<T>(
    prologue: Prologue,
    place: Place | undefined,
    patience: Patience,
    work: (tx: Tx, session: PostgresSession) => Promise<T>,
    quietly = false,
  ): Promise<T> {
    const { text, publish } = this.#bell;
    const bell = quietly ? undefined : text;
    return this.#server.use(async (session) => {
      const plan = { prologue, place, terms: this.#terms, patience, bell };
      const result = await transact(session, plan, (tx) => work(tx, session));
      if (session.hasChanged && !quietly) publish();
      return result;
    });
  }

  /**
   * A schema that is not there any more was dropped, or its tables were changed: the next request looks anew. A place that was
   * retired is looked for again at once, as nothing has been done there; each time round somebody else has retired one.
   */
  async #whereItIsNow<T>(work: (again: boolean) => Promise<T>): Promise<T> {
    for (let again = false; ; again = true) {
      try {
        return await work(again);
      } catch (error) {
        const isRetired = error instanceof PlaceRetired;
        if (isRetired || isFault(error, 'schema')) this.#place = undefined;
        if (!isRetired) throw error;
      }
    }
  }
}
