import type { Files } from './world.ts';

/**
 * Moves a worker's log aside before the next start, if it has grown over `limit` bytes (contract §5.11): `.1` is the
 * newest of `backups`; with no backups it is removed.
 */
export async function rotateLog(files: Files, log: string, limit: number, backups: number): Promise<void> {
  if (((await files.size(log)) ?? 0) <= limit) return;
  if (backups === 0) return files.remove(log);
  for (let number = backups - 1; number >= 1; number--) {
    await files.rename(`${log}.${number}`, `${log}.${number + 1}`);
  }
  await files.rename(log, `${log}.1`);
}
