import { join } from 'node:path';
import type { TaskId } from '../domain/ids.ts';
import type { Files } from './world.ts';

/**
 * A worker's log is bounded twice (contract §5.11): one that has grown over `worker_log_rotate_bytes` is moved aside before
 * the next start, and one that grows over `worker_log_max_bytes` while its worker runs is cut. `.1` is the newest of the
 * `backups`; with none, what is old goes.
 */

/** The log of a task, in the folder of its board's logs. */
export const logPath = (logs: string, task: TaskId): string => join(logs, `${task}.log`);

export async function rotateLog(files: Files, log: string, limit: number, backups: number): Promise<void> {
  if (((await files.size(log)) ?? 0) <= limit) return;
  if (backups === 0) return files.remove(log);
  await shift(files, log, backups);
  await files.rename(log, `${log}.1`);
}

/**
 * Cuts the log of a worker that goes on writing; gives whether there was a need. The file stays the same, because its writer
 * has it open for appending; what is written between the copy and the cut is lost. Where there is no room for the copy,
 * room is just what is needed, so the log is cut all the same. `time` makes each mark differ, by which whoever follows
 * the log sees that it began anew.
 */
export async function cutLog(
  files: Files,
  log: string,
  limit: number,
  backups: number,
  time: string,
): Promise<boolean> {
  const size = (await files.size(log)) ?? 0;
  if (size <= limit) return false;
  const draft = `${log}.0`;
  const kept = backups === 0 ? 0 : await files.copyEnd(log, draft, limit).catch(() => 0);
  await files.empty(log);
  await files.append(log, markOf(time, size, limit, kept));
  if (kept === 0) await files.remove(draft);
  else {
    await shift(files, log, backups);
    await files.rename(draft, `${log}.1`);
  }
  return true;
}

const markOf = (time: string, size: number, limit: number, kept: number): string =>
  `[andon ${time}] This log was cut, because it had ${size} bytes and may have ${limit}; ${
    kept === 0 ? 'nothing of it was kept' : `its last ${kept} bytes are beside it, as \`.1\``
  }.\n`;

/** Makes room for a new `.1`. */
async function shift(files: Files, log: string, backups: number): Promise<void> {
  for (let number = backups - 1; number >= 1; number--) {
    await files.rename(`${log}.${number}`, `${log}.${number + 1}`);
  }
}
