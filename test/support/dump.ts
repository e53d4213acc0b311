import type { BoardId } from '../../src/domain/ids.ts';
import { fragment, type RawRow, sql } from '../../src/store/sql.ts';
import type { Store } from '../../src/store/store.ts';

/** Every table of a board with the columns that give its rows an order. */
const tables = [
  ['tasks', fragment`tasks order by id`],
  ['task_links', fragment`task_links order by parent_id, child_id`],
  ['task_comments', fragment`task_comments order by id`],
  ['task_events', fragment`task_events order by id`],
  ['task_runs', fragment`task_runs order by id`],
  ['task_attachments', fragment`task_attachments order by id`],
  ['kanban_notify_subs', fragment`kanban_notify_subs order by task_id, platform, chat_id, thread_id`],
  ['andon_runs', fragment`andon_runs order by run_id`],
  ['andon_tasks', fragment`andon_tasks order by task_id`],
  ['andon_pauses', fragment`andon_pauses order by scope, name`],
  ['andon_fence', fragment`andon_fence order by role`],
  ['andon_tombstones', fragment`andon_tombstones order by task_id`],
  ['andon_deliveries', fragment`andon_deliveries order by event_id, id`],
  ['andon_escalations', fragment`andon_escalations order by task_id`],
  ['andon_presses', fragment`andon_presses order by event_id, button`],
] as const;

export type Dump = Readonly<Record<(typeof tables)[number][0], readonly RawRow[]>>;

/** All that a board holds, row by row, as the database says it. */
export function dump(store: Store, board: BoardId): Promise<Dump> {
  return store.read(board, async (reader) => {
    const rows: Partial<Record<keyof Dump, readonly RawRow[]>> = {};
    for (const [name, from] of tables) {
      rows[name] = await reader.all(sql((row) => ({ ...row }))`select * from ${from}`);
    }
    return rows as Dump;
  });
}
