import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Home } from '../services/home.ts';
import type { Settings } from '../services/settings.ts';
import { cacheFolder } from './cache-folder.ts';

/**
 * Gives what every command must know of the settings, and fails with one sentence when `andon.yaml` is broken, before any
 * board is touched. Reading it costs 27 ms (yaml and zod), as much as all the rest of `andon list`; so that a file which
 * was found good, and leaves the boards in their files, is remembered by its stamp and not read again.
 */
export async function soundSettings(home: Home): Promise<Pick<Settings, 'store'>> {
  const path = join(home.root, 'andon.yaml');
  const stamp = stampOf(path);
  if (stamp === undefined) return { store: undefined };
  // A name that is too long for a file cannot be written, and is then read each time.
  const memo = join(cacheFolder(home.env), 'sound-settings', encodeURIComponent(path));
  if (quietly(() => readFileSync(memo, 'utf8')) === stamp) return { store: undefined };
  const { settingsOf } = await import('./cli/configuration.ts');
  const { store } = await settingsOf(home);
  // An address may hold a password: it is never written anywhere else.
  if (store !== undefined) return { store };
  quietly(() => {
    mkdirSync(dirname(memo), { recursive: true });
    writeFileSync(memo, stamp);
  });
  return { store };
}

/** What changes whenever the file does, or the Andon that judged it; `undefined` when there is no file. */
function stampOf(path: string): string | undefined {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (file === undefined) return undefined;
  // The folder, which a build replaces: the verbs are in several bundles of it, and share what one of them found.
  const judge = statSync(import.meta.dirname, { bigint: true });
  return [file.ino, file.size, file.mtimeNs, file.ctimeNs, judge.mtimeNs].join(' ');
}

/** The cache only saves time: without it everything works. */
function quietly<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
