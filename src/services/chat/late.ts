import type { Sent } from '../channel.ts';
import { faultText } from './adapter.ts';
import type { ChatPlatform } from './platform.ts';

/** A platform that need not be usable yet. */
export interface LatePlatform {
  readonly platform: ChatPlatform;
  /** Why it cannot be used now, in one sentence; `undefined` when it can. */
  problem(): Promise<string | undefined>;
}

/**
 * A platform that whoever needs it opens, again and again until that succeeds: a secret that is put in its place later is
 * found without a restart. `posts`: the far side posts to it.
 */
export function openedLate(name: string, posts: boolean, open: () => Promise<ChatPlatform>): LatePlatform {
  let opened: Promise<ChatPlatform> | undefined;
  const reached = async (): Promise<ChatPlatform> => {
    opened ??= open();
    try {
      return await opened;
    } catch (error) {
      opened = undefined;
      throw error;
    }
  };
  const unsent = (error: unknown): Sent => ({ ok: false, final: false, error: faultText(error, []) });
  return {
    platform: {
      name,
      listen: async (...hearing) => (await reached()).listen(...hearing),
      send: (place, message) => reached().then((platform) => platform.send(place, message), unsent),
      sendFiles: async (place, files) => (await reached()).sendFiles(place, files),
      ...(posts && {
        receive: (posted) =>
          reached().then(
            async (platform) => (await platform.receive?.(posted)) ?? { status: 503 },
            () => ({ status: 503 }),
          ),
      }),
    },
    problem: () =>
      reached().then(
        () => undefined,
        (error: unknown) => faultText(error, []),
      ),
  };
}
