import { renameSync, statSync } from 'node:fs';
import { toFault } from '../faults.ts';

/** Which file stands at a path, or `undefined`. Costs 3 µs; a file renamed over ours would swallow every write unseen. */
export function identityOf(path: string): string | undefined {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found && `${found.dev}:${found.ino}`;
  } catch (error) {
    throw toFault(error, path);
  }
}

/** Throws the fault that stands for what went wrong. */
export function rename(path: string, to: string): void {
  try {
    renameSync(path, to);
  } catch (error) {
    throw toFault(error, path);
  }
}
