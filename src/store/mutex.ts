/**
 * Lets one asynchronous piece of work in at a time, in the order of asking. Whoever fails, or is cancelled while it still
 * waits, passes its turn on: a waiter that forgot to would hang everybody behind it.
 */
export class Mutex {
  #last: Promise<void> = Promise.resolve();

  /** Runs `work` when its turn comes; rejects with the signal's reason, without running it, if that fires first. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#last;
    const turn = Promise.withResolvers<void>();
    this.#last = turn.promise;
    try {
      await orAborted(before, signal);
    } catch (reason) {
      void before.then(turn.resolve);
      throw reason;
    }
    try {
      return await work();
    } finally {
      turn.resolve();
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
