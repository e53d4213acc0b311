import { createLoop, type Service } from '../service.ts';
import type { World } from '../world.ts';
import type { ChatPlatform, Said } from './platform.ts';

export interface RunnerOptions {
  readonly platform: ChatPlatform;
  /** Whether this gateway hears this platform now: of several gateways one does. */
  readonly mayListen: () => boolean;
  readonly heard: (said: Said) => Promise<void>;
}

const firstWait = 1000;
const longestWait = 60_000;
/** A connection that held so long was a good one. */
const steady = 60_000;
const idle = 1000;

/**
 * Keeps a platform connected. One that cannot be reached is tried again, after 1 s at first and 60 s at most; the gateway
 * and the other platforms go on meanwhile.
 */
export function createChatRunner(world: World, { platform, mayListen, heard }: RunnerOptions): Service {
  let failures = 0;
  let end = new AbortController();

  const loop = createLoop(world, async () => {
    if (!mayListen() || end.signal.aborted) return idle;
    const began = world.monotonic();
    const watch = endWhen(() => !mayListen());
    try {
      const connected = (): void => world.log.info(`Connected to ${platform.name}.`);
      await platform.listen(AbortSignal.any([end.signal, watch.signal]), heard, connected);
      return idle;
    } catch (error) {
      failures = world.monotonic() - began > steady ? 1 : failures + 1;
      const wait = Math.min(longestWait, firstWait * 2 ** (failures - 1));
      const reason = error instanceof Error ? error.message : String(error);
      world.log.warn(`${platform.name} is not connected and is tried again: ${reason}`, { wait });
      return wait;
    } finally {
      watch.forget();
    }
  });

  const endWhen = (over: () => boolean) => {
    const controller = new AbortController();
    let forget = (): void => {};
    const look = (): void => {
      if (over()) controller.abort();
      else forget = world.after(idle, look);
    };
    look();
    return { signal: controller.signal, forget: () => forget() };
  };

  return {
    start: async () => {
      end = new AbortController();
      await loop.start();
    },
    stop: async () => {
      end.abort();
      await loop.stop();
    },
  };
}
