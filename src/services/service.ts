import type { World } from './world.ts';

/** A long-lived thing. Both are safe twice; `stop` resolves when the work under way is finished. */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A service that works in passes: one at a time, when it is woken or its time has come. */
export interface Loop extends Service {
  /** Asks for a pass soon; many calls before it begins are one. */
  wake(): void;
}

/**
 * How long those who only tell of a commit leave it to those who start workers upon it, in milliseconds: both ask the same
 * database, and a message is as good a moment later.
 */
const courtesy = 20;

/** Calls `work` a moment later; many calls before that are one. Gives the call, and what ends it. */
export function courteously(world: World, work: () => void): { call(): void; end(): void } {
  let end: (() => void) | undefined;
  return {
    call: () => {
      end ??= world.after(courtesy, () => {
        end = undefined;
        work();
      });
    },
    end: () => {
      end?.();
      end = undefined;
    },
  };
}

/**
 * Runs `pass` at once, after each `wake`, and after the delay in milliseconds that it gave last. A pass that throws is
 * reported by the pass itself; here it only costs a delay, so that a permanent fault is never a hot loop.
 */
export function createLoop(world: World, pass: () => Promise<number>): Loop {
  const afterFault = 1000;
  let running = false;
  let woken = false;
  let active: Promise<void> = Promise.resolve();
  let cancel = (): void => {};

  const turn = async (): Promise<void> => {
    while (running && woken) {
      woken = false;
      const delay = await pass().catch(() => afterFault);
      cancel();
      if (running) cancel = world.after(delay, wake);
    }
  };
  let turning = false;
  const wake = (): void => {
    woken = true;
    if (!running || turning) return;
    turning = true;
    active = turn().finally(() => {
      turning = false;
      // Woken between the last look and here.
      if (woken) wake();
    });
  };

  return {
    wake,
    start: async () => {
      if (running) return;
      running = true;
      wake();
    },
    stop: async () => {
      running = false;
      cancel();
      await active;
    },
  };
}
