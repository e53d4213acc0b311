import type { BoardId } from '../../src/domain/ids.ts';
import { type NamedRow, named } from '../../src/store/sql.ts';
import type { Store } from '../../src/store/store.ts';

const asItIs = named((row) => row);

/** Every table of a board with the columns that give its rows an order. */
export const orders = {
  tasks: ['id'],
  task_links: ['parent_id', 'child_id'],
  task_comments: ['id'],
  task_events: ['id'],
  task_runs: ['id'],
  task_attachments: ['id'],
  kanban_notify_subs: ['task_id', 'platform', 'chat_id', 'thread_id'],
  andon_runs: ['run_id'],
  andon_tasks: ['task_id'],
  andon_pauses: ['scope', 'name'],
  andon_fence: ['role'],
  andon_tombstones: ['task_id'],
  andon_deliveries: ['event_id', 'id'],
  andon_escalations: ['task_id'],
  andon_presses: ['event_id', 'button'],
} as const;

export type Dump = Readonly<Record<keyof typeof orders, readonly NamedRow[]>>;

/** All that a board holds, row by row, as the database says it. */
export function dump(store: Store, board: BoardId): Promise<Dump> {
  return store.read(board, async (reader) => {
    const rows: Record<string, readonly NamedRow[]> = {};
    for (const [table, order] of Object.entries(orders)) {
      const text = `select * from ${table} order by ${order.join(', ')}`;
      rows[table] = await reader.all({ parts: [text], values: [], decode: asItIs });
    }
    return rows as Dump;
  });
}
