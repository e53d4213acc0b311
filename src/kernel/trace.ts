import type { Refusal } from '../domain/errors.ts';
import { toSeconds } from '../domain/ids.ts';
import type { Tx } from '../store/store.ts';
import { insertEvent } from '../store/tables/events.ts';
import { findMovable } from '../store/tables/movable.ts';
import { move } from './apply.ts';

/** The trace that a refusal leaves; a claim refused for its parents also puts the task back to wait for them (contract §4.2). */
export async function leaveTrace(tx: Tx, { record: trace }: Refusal): Promise<void> {
  if (trace === undefined) return;
  const at = toSeconds(tx.now);
  insertEvent(tx, { ...trace.event, task_id: trace.task_id, run_id: trace.run_id, at });
  const known = trace.event.kind === 'claim_rejected' ? await findMovable(tx, trace.task_id) : undefined;
  // The last parent may have been done meanwhile; nobody would promote the task then.
  if (known?.has_open_parents)
    await move(tx, known, { verb: 'demote', reason: 'parents_not_done', parent: null });
}
