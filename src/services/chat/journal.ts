import { join } from 'node:path';
import type { World } from '../world.ts';

/** Something that was heard, as text, and not yet done. */
export interface Kept {
  readonly text: string;
  /** It is done, and is not heard again. */
  forget(): Promise<void>;
}

/**
 * For a platform that wants to know within seconds that something was heard, and tells it once: what was heard stands in a file
 * before the platform is told, so that it is done after a crash too.
 */
export interface Journal {
  keep(text: string): Promise<Kept>;
  /** What other processes have kept and not done, oldest first. */
  left(): Promise<readonly Kept[]>;
}

/** Milliseconds after which nobody expects any more that it is done. */
const tooOld = 24 * 3_600_000;

/** A journal in a folder of its own, in files of the user alone. */
export function createJournal(
  { files, now, random }: Pick<World, 'files' | 'now' | 'random'>,
  folder: string,
): Journal {
  const ours = new Set<string>();
  const kept = (name: string, text: string): Kept => ({
    text,
    forget: async () => {
      await files.remove(join(folder, name));
      ours.delete(name);
    },
  });
  return {
    keep: async (text) => {
      const name = `${now()}-${random(4)}.json`;
      ours.add(name);
      await files.makeFolder(folder, 0o700);
      await files.write(join(folder, name), text);
      return kept(name, text);
    },
    left: async () => {
      const found: Kept[] = [];
      for (const name of await files.names(folder)) {
        if (!/^\d+-\w+\.json$/.test(name) || ours.has(name)) continue;
        const text = await files.read(join(folder, name));
        if (text === undefined) continue;
        if (now() - Number.parseInt(name, 10) > tooOld) await files.remove(join(folder, name));
        else {
          ours.add(name);
          found.push(kept(name, text));
        }
      }
      return found;
    },
  };
}
