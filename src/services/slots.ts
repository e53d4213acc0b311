import type { Closed } from '../domain/admission.ts';
import { asMillis, type BoardId, type Millis } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';

/**
 * Since when each free slot has been free. A task that starts takes the one that was freed first, so that its wait splits
 * truly into waiting for a slot and being started. A slot is free for a task only while its own board, profile and tenant
 * may have one more.
 */
export interface Slots {
  /** Makes the number of free slots follow from how many runs live; slots that became free did so now. */
  settle(live: number, limit: number, now: Millis): void;
  /** What is closed on a board at this pass, by a limit or a pause; what no longer is, has opened now. */
  close(board: BoardId, closed: Closed, now: Millis): void;
  /** Takes a slot for a task and tells since when it was free for it. */
  take(board: BoardId, task: Task, now: Millis): Millis;
}

export function createSlots(): Slots {
  let free: Millis[] | undefined;
  const shut = new Map<BoardId, ReadonlySet<string>>();
  const opened = new Map<string, Millis>();
  const keysOf = (board: BoardId, { tenant, assignee }: Pick<Task, 'tenant' | 'assignee'>): string[] => [
    `${board} board`,
    `${board} profile ${assignee ?? ''}`,
    `${board} tenant ${tenant ?? ''}`,
  ];
  return {
    settle: (live, limit, now) => {
      const wanted = Math.max(0, limit - live);
      free ??= [];
      while (free.length < wanted) free.push(now);
      while (free.length > wanted) free.shift();
    },
    close: (board, closed, now) => {
      const keys = new Set([
        ...(closed.board ? [`${board} board`] : []),
        ...[...closed.profiles].map((name) => `${board} profile ${name}`),
        ...[...closed.tenants].map((name) => `${board} tenant ${name}`),
      ]);
      for (const key of shut.get(board) ?? []) if (!keys.has(key)) opened.set(key, now);
      shut.set(board, keys);
    },
    take: (board, task, now) => {
      const since = keysOf(board, task).map((key) => opened.get(key) ?? 0);
      return asMillis(Math.max(free?.shift() ?? now, ...since));
    },
  };
}
