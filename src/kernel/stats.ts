import { ok, type Result } from '../domain/errors.ts';
import { toSeconds } from '../domain/ids.ts';
import { statuses } from '../domain/task.ts';
import type { Counts, Stats } from '../domain/view.ts';
import type { Reader } from '../store/store.ts';
import { countByAssignee, oldestReady } from '../store/tables/stats.ts';

/** Contract §10, `GET /stats`: what is on the board, without what is archived. */
export async function stats(reader: Reader): Promise<Result<Stats>> {
  const by_status: Counts = {};
  for (const status of statuses) if (status !== 'archived') by_status[status] = 0;
  const by_assignee: Record<string, Counts> = {};
  for (const { status, assignee, amount } of await countByAssignee(reader)) {
    by_status[status] = (by_status[status] ?? 0) + amount;
    if (assignee === null) continue;
    const own = by_assignee[assignee] ?? {};
    by_assignee[assignee] = { ...own, [status]: (own[status] ?? 0) + amount };
  }
  const oldest = await oldestReady(reader);
  const now = toSeconds(reader.now);
  const oldest_ready_age_seconds = oldest === null ? null : Math.max(0, now - toSeconds(oldest));
  return ok({ by_status, by_assignee, oldest_ready_age_seconds, now });
}
