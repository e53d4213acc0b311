import { closeSync, constants, type FSWatcher, openSync, watch, writeSync } from 'node:fs';

/**
 * The wake-up between processes: a file of one byte beside the database, written after each commit and watched by
 * whoever follows. The `-wal` cannot be watched instead: its event comes before the commit is visible (measured: up to
 * 24 of 200 commits missed; with the bell none of 3,000, at 0.2 ms). Every failure here is ignored, because the bell is
 * a hint: a follower looks for itself once a second.
 */
export class Bell {
  readonly path: string;
  #descriptor: number | undefined;

  constructor(database: string) {
    this.path = `${database}.bell`;
  }

  ring(): void {
    try {
      this.#descriptor ??= openSync(this.path, constants.O_RDWR | constants.O_CREAT, 0o666);
      writeSync(this.#descriptor, '.', 0);
    } catch {
      this.close();
    }
  }

  /** Calls `heard` after each ring by anybody, until the watcher is closed; `undefined` when that is impossible now. */
  listen(heard: () => void, lost: () => void): FSWatcher | undefined {
    try {
      this.#descriptor ??= openSync(this.path, constants.O_RDWR | constants.O_CREAT, 0o666);
      // A rename or deletion of the bell leaves the watcher on a file that nobody rings any more.
      const watcher = watch(this.path, (event) => (event === 'rename' ? lost() : heard()));
      watcher.on('error', lost);
      return watcher;
    } catch {
      return undefined;
    }
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor === undefined) return;
    try {
      closeSync(descriptor);
    } catch {
      // Closed by somebody else; the next ring opens it anew.
    }
  }
}
