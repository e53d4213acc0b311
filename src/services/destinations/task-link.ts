import type { BoardId } from '../../domain/ids.ts';
import type { DueDelivery } from '../../domain/view.ts';

/** Where a task is shown to whoever reaches the page; nothing when nobody said how people reach it, or for a test. */
export function taskLink(
  public_url: string | undefined,
  board: BoardId,
  { task_id, event }: Pick<DueDelivery, 'task_id' | 'event'>,
): string | undefined {
  if (public_url === undefined || event.kind === 'test') return undefined;
  const task = encodeURIComponent(`${board}:${task_id}`);
  return `${public_url.replace(/\/+$/, '')}/#/board/${board}?task=${task}`;
}
