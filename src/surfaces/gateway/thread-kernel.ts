import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BoardId } from '../../domain/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Home } from '../../services/home.ts';
import { bundled } from './paths.ts';

export type Asked =
  | {
      readonly do: 'call';
      readonly id: number;
      readonly method: string;
      readonly board: BoardId;
      readonly input: unknown;
    }
  | { readonly do: 'follow' | 'unfollow'; readonly board: BoardId }
  | { readonly do: 'close' };

export type Told =
  | { readonly tell: 'value'; readonly id: number; readonly value: unknown }
  | {
      readonly tell: 'fault';
      readonly id: number;
      readonly name: string;
      readonly message: string;
      readonly code: string | undefined;
      readonly cause: string | undefined;
    }
  | { readonly tell: 'changed'; readonly board: BoardId };

/** A fault of the kernel's thread, as it was there. */
class ThreadFault extends Error {
  readonly code: string | undefined;
  constructor(fault: Extract<Told, { tell: 'fault' }>) {
    super(fault.message, { cause: fault.cause });
    this.name = fault.name;
    this.code = fault.code;
  }
}

/** Rows are garbage as soon as they are told; without this the thread takes three times 16 MB for them, and keeps them. */
const resourceLimits = { maxYoungGenerationSizeMb: 16 };

/** A kernel on a thread of its own. When the thread dies, every call under way and every later one rejects, and `onDeath` is called. */
export function openThreadKernel(
  home: Home,
  store: string | undefined,
  onDeath: (error: Error) => void,
): Kernel {
  const entry = join(import.meta.dirname, bundled ? 'kernel-thread.cjs' : 'kernel-thread.ts');
  const thread = new Worker(entry, { workerData: { home, store }, resourceLimits });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const listeners = new Map<BoardId, Set<() => void>>();
  let dead: Error | undefined;
  let closing = false;
  let last = 0;

  const ask = (message: Asked): void => thread.postMessage(message);
  const die = (error: Error): void => {
    if (dead) return;
    dead = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    if (!closing) onDeath(error);
  };
  thread.on('error', die);
  const gone = new Promise<void>((resolve) => {
    thread.on('exit', () => {
      die(new Error("The kernel's thread has ended."));
      resolve();
    });
  });
  thread.on('message', (told: Told) => {
    if (told.tell === 'changed') {
      for (const listener of listeners.get(told.board) ?? []) listener();
      return;
    }
    const call = waiting.get(told.id);
    waiting.delete(told.id);
    if (told.tell === 'value') call?.resolve(told.value);
    else call?.reject(new ThreadFault(told));
  });

  const call = (method: string) => (board: BoardId, input: unknown) =>
    new Promise((resolve, reject) => {
      if (dead) return reject(dead);
      last += 1;
      waiting.set(last, { resolve, reject });
      ask({ do: 'call', id: last, method, board, input });
    });

  const follow = (board: BoardId, listener: () => void): (() => void) => {
    const here = listeners.get(board) ?? new Set();
    if (here.size === 0) ask({ do: 'follow', board });
    listeners.set(board, here.add(listener));
    return () => {
      if (here.delete(listener) && here.size === 0 && !dead) ask({ do: 'unfollow', board });
    };
  };

  const close = async (): Promise<void> => {
    closing = true;
    if (!dead) ask({ do: 'close' });
    await gone;
  };

  // Every other method is its name and its arguments; what the thread answers was typed by the same interface there.
  return new Proxy({ follow, close } as Kernel, {
    get: (own, name, self) => {
      if (typeof name !== 'string' || name === 'then') return undefined;
      return Reflect.get(own, name, self) ?? call(name);
    },
  });
}
