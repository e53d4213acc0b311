import type { BoardId } from '../../src/domain/ids.ts';
import type { Faults } from './faults.ts';
import type { Actor, Scheduler } from './scheduler.ts';
import type { Followers } from './sim-store.ts';

interface Listener {
  readonly actor: Actor;
  readonly call: () => void;
  /** Takes away the call that is under way, so that several rings are one. */
  cancel: (() => void) | undefined;
}

/** How late the net catches a ring that was lost (`src/store/follow.ts`). */
const net = 1000;

/**
 * Who hears of commits and of a launcher's ring. Inside its own process a commit is always heard; the bell between
 * processes may be lost, and then the net catches it within a second. `broken`: no bell and no net.
 */
export class Bells implements Followers {
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #broken: boolean;
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(scheduler: Scheduler, faults: Faults, broken: boolean) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#broken = broken;
    scheduler.onEnd((actor) => {
      for (const listeners of this.#listeners.values())
        for (const listener of [...listeners]) if (listener.actor === actor) listeners.delete(listener);
    });
  }

  /** How many listeners an actor has. */
  listening(actor: Actor): number {
    return [...this.#listeners.values()].flatMap((all) => [...all]).filter((one) => one.actor === actor)
      .length;
  }

  ring(board: BoardId, by: Actor): void {
    for (const listener of this.#listeners.get(board) ?? []) {
      if (listener.actor === by) this.#call(listener, board, 0);
      else if (!this.#broken) this.#call(listener, board, this.#faults.happens('lost wake-up') ? net : 0);
    }
  }

  follow(board: BoardId, actor: Actor, call: () => void): () => void {
    const listeners = this.#listeners.get(board) ?? new Set();
    this.#listeners.set(board, listeners);
    const listener: Listener = { actor, call, cancel: undefined };
    listeners.add(listener);
    return () => {
      listener.cancel?.();
      listeners.delete(listener);
    };
  }

  #call(listener: Listener, board: BoardId, delay: number): void {
    if (listener.cancel !== undefined) return;
    const call = (): void => {
      listener.cancel = undefined;
      listener.call();
    };
    listener.cancel = this.#scheduler.turn(listener.actor, `hears ${board}`, call, delay);
  }
}
