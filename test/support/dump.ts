import type { BoardId } from '../../src/domain/ids.ts';
import { type NamedRow, named, type Query, sql } from '../../src/store/sql.ts';
import type { Store } from '../../src/store/store.ts';

const asItIs = sql(named((row) => ({ ...row })));

/** Every table of a board with the columns that give its rows an order. */
const tables = [
  ['tasks', asItIs`select * from tasks order by id`],
  ['task_links', asItIs`select * from task_links order by parent_id, child_id`],
  ['task_comments', asItIs`select * from task_comments order by id`],
  ['task_events', asItIs`select * from task_events order by id`],
  ['task_runs', asItIs`select * from task_runs order by id`],
  ['task_attachments', asItIs`select * from task_attachments order by id`],
  [
    'kanban_notify_subs',
    asItIs`select * from kanban_notify_subs order by task_id, platform, chat_id, thread_id`,
  ],
  ['andon_runs', asItIs`select * from andon_runs order by run_id`],
  ['andon_tasks', asItIs`select * from andon_tasks order by task_id`],
  ['andon_pauses', asItIs`select * from andon_pauses order by scope, name`],
  ['andon_fence', asItIs`select * from andon_fence order by role`],
  ['andon_tombstones', asItIs`select * from andon_tombstones order by task_id`],
  ['andon_deliveries', asItIs`select * from andon_deliveries order by event_id, id`],
  ['andon_escalations', asItIs`select * from andon_escalations order by task_id`],
  ['andon_presses', asItIs`select * from andon_presses order by event_id, button`],
] as const satisfies readonly (readonly [string, Query<NamedRow>])[];

export type Dump = Readonly<Record<(typeof tables)[number][0], readonly NamedRow[]>>;

/** What was read before, and the tables that have been written to since. */
export interface Known {
  readonly before: Dump | undefined;
  readonly written: ReadonlySet<string>;
}

/** All that a board holds, row by row, as the database says it; what is known is not read again. */
export function dump(store: Store, board: BoardId, known?: Known): Promise<Dump> {
  return store.read(board, async (reader) => {
    const rows: Partial<Record<keyof Dump, readonly NamedRow[]>> = {};
    for (const [name, all] of tables) {
      const before = known?.written.has(name) ? undefined : known?.before?.[name];
      rows[name] = before ?? (await reader.all(all));
    }
    return rows as Dump;
  });
}
