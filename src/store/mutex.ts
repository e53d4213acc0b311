/**
 * Lets one asynchronous piece of work in at a time, in the order of asking. Whoever fails, or is cancelled while it still
 * waits, passes its turn on: a waiter that forgot to would hang everybody behind it.
 */
export class Mutex {
  #last: Promise<void> = Promise.resolve();
  /** Who is in or waits. */
  #asking = 0;

  /** Nobody is in, and nobody waits: what is done before anything is awaited is done alone. */
  get isFree(): boolean {
    return this.#asking === 0;
  }

  /** Runs `work` when its turn comes; rejects with the signal's reason, without running it, if that fires first. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#last;
    const turn = Promise.withResolvers<void>();
    this.#last = turn.promise;
    this.#asking += 1;
    const pass = (): void => {
      this.#asking -= 1;
      turn.resolve();
    };
    try {
      await orAborted(before, signal);
    } catch (reason) {
      void before.then(pass);
      throw reason;
    }
    try {
      return await work();
    } finally {
      pass();
    }
  }
}

/** Waits for `promise`, but not longer than until the signal fires; then rejects with its reason. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
