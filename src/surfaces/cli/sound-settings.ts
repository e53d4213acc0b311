import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Home } from '../../services/home.ts';
import { cacheFolder } from './cache-folder.ts';

/**
 * Fails with one sentence when `andon.yaml` is broken, before any board is touched. Reading it costs 27 ms (yaml and zod),
 * as much as all the rest of `andon list`; so that a file which was found good is remembered by its stamp and not read again.
 */
export async function refuseBrokenSettings(home: Home): Promise<void> {
  const path = join(home.root, 'andon.yaml');
  const stamp = stampOf(path);
  if (stamp === undefined) return;
  // A name that is too long for a file cannot be written, and is then read each time.
  const memo = join(cacheFolder(home.env), 'sound-settings', encodeURIComponent(path));
  if (quietly(() => readFileSync(memo, 'utf8')) === stamp) return;
  const { settingsOf } = await import('./configuration.ts');
  await settingsOf(home);
  quietly(() => {
    mkdirSync(dirname(memo), { recursive: true });
    writeFileSync(memo, stamp);
  });
}

/** What changes whenever the file does, or the Andon that judged it; `undefined` when there is no file. */
function stampOf(path: string): string | undefined {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (file === undefined) return undefined;
  const judge = statSync(import.meta.filename, { bigint: true });
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
