import { asTaskId, type BoardId, homeBoard, type TaskId } from '../../src/domain/ids.ts';
import { single, text } from '../../src/store/columns.ts';
import { sql } from '../../src/store/sql.ts';
import { type Reader, type Store, StoreFault, type Tx, type WriteOptions } from '../../src/store/store.ts';
import type { Dump } from '../support/dump.ts';
import type { Fault, Faults } from './faults.ts';
import type { Actor, Doing, Scheduler } from './scheduler.ts';
import type { Schemas } from './schemas.ts';
import { SimBoard, SimTransaction } from './sim-board.ts';

/** Who wants to know what is committed: the invariants. */
export interface Observer {
  begins(board: BoardId, doing: Doing | undefined, reader: Reader): Promise<void>;
  commits(board: BoardId, actor: Actor, doing: Doing | undefined): void;
}

/** How a store is broken on purpose: rows read before the lock is held, and updates that do not look what they replace. */
export interface StoreBreak {
  readonly staleReads: boolean;
  readonly blindUpdates: boolean;
}

export interface Followers {
  /** A commit or a ring: whoever listens to the board hears of it. */
  ring(board: BoardId, by: Actor): void;
  follow(board: BoardId, actor: Actor, listener: () => void): () => void;
}

/** How long a writer waits for the lock before it is told `busy`. */
const deadline = 10_000;
/** Ends the actor in the middle of its step, if it is a gateway and this fault happens now. */
export type Crash = (actor: Actor, fault: Fault) => void;

/**
 * The boards of a simulation: real SQL on real tables, held in memory. One writer per board; between asking, holding the
 * lock, the commit and its answer, anything else may happen. A transaction itself is one step: nobody could see more.
 */
export class SimBoards {
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #followers: Followers;
  readonly #schemas: Schemas;
  readonly #observer: Observer;
  readonly #boards = new Map<BoardId, SimBoard>();
  readonly #crash: Crash;
  /** Told of each fault of the database. */
  readonly #disturbed: () => void;

  constructor(parts: {
    readonly scheduler: Scheduler;
    readonly faults: Faults;
    readonly followers: Followers;
    readonly schemas: Schemas;
    readonly observer: Observer;
    readonly crash: Crash;
    readonly disturbed: () => void;
  }) {
    this.#scheduler = parts.scheduler;
    this.#faults = parts.faults;
    this.#followers = parts.followers;
    this.#schemas = parts.schemas;
    this.#observer = parts.observer;
    this.#crash = parts.crash;
    this.#disturbed = parts.disturbed;
    // Whoever dies with the lock passes it on, as the system does with a dead process's file locks.
    parts.scheduler.onEnd((actor) => {
      for (const board of this.#boards.values()) if (board.holder === actor) board.holder = undefined;
    });
  }

  /** What a board holds, at once and outside all turns: for the invariants. */
  look(id: BoardId): Dump {
    return this.#board(id).database.look();
  }

  /** The roles whose lease is held by somebody. */
  heldLeases(): string[] {
    const held = sql(single(text))`select role as value from andon_leases where token <> '' order by role`;
    return this.#board(homeBoard).rows(held);
  }

  close(): void {
    for (const board of this.#boards.values()) board.close();
  }

  /** The store as one process sees it. */
  storeFor(actor: Actor, broken: StoreBreak | undefined): Store {
    return {
      write: (board, work, how) => this.#write(actor, board, work, { ...broken, ...how }),
      read: async (board, work) => {
        await this.#scheduler.wait(actor, `${actor.doing?.command ?? 'reads'} ${board}`);
        return work(this.#board(board).reader(this.#scheduler.wall()));
      },
      exists: async () => true,
      follow: (board, listener) => this.#followers.follow(board, actor, listener),
      health: async () => [],
      upgrade: async () => undefined,
      unwritten: async () => 0,
      mend: async () => [],
      release: async () => {},
      retire: async () => {},
      close: async () => {},
    };
  }

  async #write<T>(
    actor: Actor,
    id: BoardId,
    work: (tx: Tx) => Promise<T>,
    how: Partial<StoreBreak> & WriteOptions,
  ): Promise<T> {
    const { doing } = actor;
    const board = this.#board(id);
    const stale = how.staleReads && id !== homeBoard ? board.allTasks() : undefined;
    // Who reads before it holds the lock may come to write much later.
    if (stale)
      await this.#scheduler.wait(
        actor,
        'thinks',
        this.#scheduler.random.whole(0, this.#faults.on ? 1000 : 0),
      );
    await this.#lock(actor, board, `${doing?.command ?? 'writes'} ${id}`);
    const now = this.#scheduler.wall();
    await this.#hold(actor, `${doing?.command} ${id} holds the lock`);
    const transaction = new SimTransaction(board, now, () => this.#newId(), stale, how.blindUpdates ?? false);
    let changed: boolean;
    let result: T;
    const { database } = board;
    database.prepare('begin').statement.run();
    try {
      const before = database.changes;
      await this.#observer.begins(id, doing, board.reader(now));
      result = await work(transaction);
      changed = database.changes !== before;
      if (changed && this.#faults.happens('commit refused'))
        throw this.#fault('full', `${id}: the disk is full.`);
      database.prepare('commit').statement.run();
    } catch (error) {
      database.prepare('rollback').statement.run();
      throw error;
    } finally {
      transaction.end();
      board.holder = undefined;
    }
    if (changed) {
      this.#observer.commits(id, actor, doing);
      // Of a quiet one others may hear; here nobody does.
      if (!how.quietly) this.#followers.ring(id, actor);
    }
    this.#crash(actor, 'gateway crash after a commit');
    await this.#scheduler.wait(actor, `${doing?.command} ${id} is committed`);
    return result;
  }

  /** SQLite's lock is not a queue: each asks again, a little later each time. */
  async #lock(actor: Actor, board: SimBoard, label: string): Promise<void> {
    const until = this.#scheduler.time + deadline;
    await this.#scheduler.wait(actor, label);
    if (this.#faults.happens('store busy')) throw this.#fault('busy', `${label}: locked by a stranger.`);
    for (let pause = 5; board.holder !== undefined; pause = Math.min(1000, pause * 4)) {
      if (this.#scheduler.time > until)
        throw this.#fault('busy', `${label}: locked by ${board.holder.name}.`);
      await this.#scheduler.wait(actor, `${label} waits for the lock`, pause);
    }
    board.holder = actor;
  }

  async #hold(actor: Actor, label: string): Promise<void> {
    this.#crash(actor, 'gateway crash before a commit');
    const slow = this.#faults.happens('slow store') ? this.#scheduler.random.whole(10, 12_000) : 0;
    if (actor.ended || slow > 0 || this.#scheduler.random.chance(0.3))
      await this.#scheduler.wait(actor, label, slow);
  }

  #fault(code: 'full' | 'busy', what: string): StoreFault {
    this.#disturbed();
    return new StoreFault(code, what);
  }

  #newId(): TaskId {
    return asTaskId(`t_${this.#scheduler.random.hex(4)}`);
  }

  #board(id: BoardId): SimBoard {
    const known = this.#boards.get(id);
    if (known !== undefined) return known;
    const board = new SimBoard(id === homeBoard ? this.#schemas.home : this.#schemas.board);
    this.#boards.set(id, board);
    return board;
  }
}
