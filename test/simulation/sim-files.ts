import { dirname } from 'node:path';
import { asMillis } from '../../src/domain/ids.ts';
import type { Files } from '../../src/services/world.ts';
import type { Actor, Scheduler } from './scheduler.ts';

/** The files of a simulated machine. They outlive every process, and a reboot. */
export class SimFiles {
  readonly #texts = new Map<string, string>();
  readonly #folders = new Set<string>();
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  text(path: string): string | undefined {
    return this.#texts.get(path);
  }

  put(path: string, text: string): void {
    this.#texts.set(path, text);
  }

  /** Makes the file unless it exists, as the shell's `set -C` and a hard link do; false when there is one. */
  putNew(path: string, text: string): boolean {
    if (this.#texts.has(path)) return false;
    this.#texts.set(path, text);
    return true;
  }

  makeFolder(path: string): void {
    this.#folders.add(path);
  }

  hasFolder(path: string): boolean {
    return this.#folders.has(path);
  }

  /** The same files as a service sees them: each call is a wait. */
  seenBy(actor: Actor, watch: Files['watch']): Files {
    const turn = (what: string, path: string): Promise<void> =>
      this.#scheduler.wait(actor, `${what} ${path.slice(path.lastIndexOf('/') + 1)}`);
    return {
      read: async (path) => {
        await turn('reads', path);
        return this.#texts.get(path);
      },
      write: async (path, text) => {
        await turn('writes', path);
        this.#refuseWithoutFolder(path);
        this.#texts.set(path, text);
      },
      jot: async (path, text) => {
        await turn('jots', path);
        this.#refuseWithoutFolder(path);
        this.#texts.set(path, text);
      },
      create: async (path, text) => {
        await turn('creates', path);
        this.#refuseWithoutFolder(path);
        return this.putNew(path, text);
      },
      copy: async (from, to) => {
        await turn('copies', from);
        this.#refuseWithoutFolder(to);
        const text = this.#texts.get(from);
        if (text !== undefined) this.#texts.set(to, text);
      },
      modifiedAt: async (path) => {
        await turn('looks at', path);
        return this.#texts.has(path) ? asMillis(0) : undefined;
      },
      rename: async (from, to) => {
        await turn('renames', from);
        const text = this.#texts.get(from);
        if (text === undefined) return false;
        this.#texts.delete(from);
        this.#texts.set(to, text);
        return true;
      },
      copyEnd: async (from, to, most) => {
        await turn('copies', from);
        const end = this.#texts.get(from)?.slice(-most) ?? '';
        this.#texts.set(to, end);
        return end.length;
      },
      empty: async (path) => {
        await turn('empties', path);
        this.#texts.set(path, '');
      },
      append: async (path, text) => {
        await turn('appends to', path);
        this.#refuseWithoutFolder(path);
        this.#texts.set(path, `${this.#texts.get(path) ?? ''}${text}`);
      },
      remove: async (path) => {
        await turn('removes', path);
        this.#texts.delete(path);
      },
      removeFolder: async (path) => {
        await turn('removes', path);
        for (const name of [...this.#texts.keys()]) if (name.startsWith(`${path}/`)) this.#texts.delete(name);
        this.#folders.delete(path);
      },
      realPath: async (path) => {
        await turn('resolves', path);
        return this.#texts.has(path) || this.#folders.has(path) ? path : undefined;
      },
      lockHolders: async (path) => {
        await turn('asks who locks', path);
        return [];
      },
      makeFolder: async (path) => {
        await turn('makes', path);
        this.#folders.add(path);
      },
      isFolder: async (path) => {
        await turn('looks at', path);
        return this.#folders.has(path);
      },
      names: async (path) => {
        await turn('lists', path);
        const inside = [...this.#texts.keys()].filter((name) => dirname(name) === path);
        return inside.map((name) => name.slice(path.length + 1)).sort();
      },
      size: async (path) => {
        await turn('measures', path);
        return this.#texts.get(path)?.length;
      },
      // The boards are no files here.
      isPrivate: async () => true,
      readBytes: async () => new Uint8Array(),
      stamp: async () => undefined,
      space: async () => ({ free: 2 ** 40, total: 2 ** 40 }),
      watch,
    };
  }

  #refuseWithoutFolder(path: string): void {
    if (!this.#folders.has(dirname(path))) throw new Error(`ENOENT: no such folder: ${dirname(path)}`);
  }
}
