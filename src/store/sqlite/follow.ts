import type { Bell } from './bell.ts';

/** The net under the bell: a missed ring (a writer killed between commit and ring, a foreign writer) costs this long. */
const netMilliseconds = 1000;

const looks = new Set<() => void>();
let net: NodeJS.Timeout | undefined;

/** One timer for all files: a process that sleeps is woken once a second, however many it follows. */
function eachSecond(look: () => void): () => void {
  looks.add(look);
  net ??= setInterval(() => looks.forEach((each) => void each()), netMilliseconds);
  return () => {
    looks.delete(look);
    if (looks.size > 0) return;
    clearInterval(net);
    net = undefined;
  };
}

/**
 * Who wants to know of commits to one file. Rings and ticks are hints: each asks `hasChanged`, which compares SQLite's
 * own counter. Several commits that come close together are one call. It keeps the process alive while somebody follows.
 */
export class Followers {
  readonly #bell: Bell;
  readonly #hasChanged: () => boolean | Promise<boolean>;
  readonly #listeners = new Set<{ readonly call: () => void }>();
  #endNet: (() => void) | undefined;
  #scheduled: NodeJS.Immediate | undefined;

  constructor(bell: Bell, hasChanged: () => boolean | Promise<boolean>) {
    this.#bell = bell;
    this.#hasChanged = hasChanged;
  }

  add(call: () => void): () => void {
    const listener = { call };
    this.#listeners.add(listener);
    if (this.#endNet === undefined) this.#start();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.close();
    };
  }

  /** Tells everybody, soon and once, however often it is called until then. */
  publish(): void {
    if (this.#listeners.size === 0) return;
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      for (const { call } of [...this.#listeners]) call();
    });
  }

  close(): void {
    this.#endNet?.();
    this.#endNet = undefined;
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    this.#bell.mute();
    this.#listeners.clear();
  }

  #start(): void {
    this.#endNet = eachSecond(this.#look);
    this.#look();
  }

  /** Listens before it looks: a commit between the two is then heard. */
  readonly #look = (): void => {
    this.#bell.listen(this.#look);
    // Locked, moved away or broken for the moment: the next look may succeed, and every read or write says so itself.
    try {
      const changed = this.#hasChanged();
      if (changed === true) this.publish();
      else if (changed !== false)
        changed.then(
          (late) => late && this.publish(),
          () => {},
        );
    } catch {}
  };
}
