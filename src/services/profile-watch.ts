import { join } from 'node:path';
import type { Home } from './home.ts';
import type { Service } from './service.ts';
import type { World } from './world.ts';

/**
 * Asks for a pass when a profile is defined or changed, so that a task which only lacked its profile starts at once. A
 * watch tells of one folder only, so `profiles/` is watched for new profiles and each of them for its files. Each watch
 * stands before the pass that it asks for: what is written later is told, what was written before is read.
 */
export function createProfileWatch(world: Pick<World, 'files'>, home: Home, wake: () => void): Service {
  const folder = join(home.root, 'profiles');
  const watched = new Map<string, () => void>();
  let endFolder: (() => void) | undefined;
  let refreshing: Promise<void> = Promise.resolve();

  const refresh = async (): Promise<void> => {
    const names = await world.files.names(folder);
    if (endFolder === undefined) return;
    for (const [name, end] of watched) {
      if (names.includes(name)) continue;
      end();
      watched.delete(name);
    }
    for (const name of names) {
      if (!watched.has(name)) watched.set(name, world.files.watch(join(folder, name), wake));
    }
    wake();
  };
  const changed = (): void => {
    refreshing = refreshing.then(refresh, refresh);
  };

  return {
    start: async () => {
      endFolder ??= world.files.watch(folder, changed);
      changed();
    },
    stop: async () => {
      endFolder?.();
      endFolder = undefined;
      await refreshing.catch(() => {});
      for (const end of watched.values()) end();
      watched.clear();
    },
  };
}
