import {
  type Decision,
  decided,
  endOf,
  event,
  type Facts,
  forgiven,
  type Move,
  parentsNotDone,
  type RunEnding,
  reclaimed,
  returning,
  returnTo,
  unclaimed,
} from '../decision.ts';
import { type Result, refuse } from '../errors.ts';
import { toMillis, toSeconds } from '../ids.ts';
import type { BlockKind, Task } from '../task.ts';

/** What keeps a task from running, and what lets it go. */

export function promote(task: Task, facts: Facts): Result<Decision> {
  if (facts.waits_for.length > 0) return { ok: false, refusal: parentsNotDone(task, facts) };
  if (task.status === 'blocked' && (facts.sticky || task.consecutive_failures >= facts.limit.limit)) {
    return refuse('wrong_status', `Task ${task.id} stays blocked until somebody unblocks it.`, [task.id]);
  }
  return decided({ to: returnTo(facts), events: [event('promoted')] });
}

export const demote = (move: Extract<Move, { verb: 'demote' }>): Result<Decision> =>
  decided({
    to: 'todo',
    events: [
      event('status', {
        status: 'todo',
        reason: move.reason,
        ...(move.parent && { parent: move.parent }),
      }),
    ],
  });

/** How often in a row a task may be blocked for the same kind of reason before a person has to look at it. */
const blockLimit = 2;

/** Contract §4.13. */
export function block(task: Task, move: Extract<Move, { verb: 'block' }>, facts: Facts): Result<Decision> {
  const { reason, kind = null } = move;
  const recurrences = recurrencesOf(task, kind, facts);
  const set = { ...unclaimed, block_kind: kind, block_recurrences: recurrences };
  const ending = (outcome: RunEnding['outcome']): Decision['run'] =>
    endOf(task, { outcome, summary: reason, error: null, metadata: null });
  if (recurrences >= blockLimit) {
    const payload = { reason, kind, recurrences, limit: blockLimit, source_status: task.status };
    const events = [event('block_loop_detected', { ...payload, status: 'triage' })];
    return decided({ to: 'triage', run: ending('blocked'), set, events });
  }
  if (kind === 'dependency') {
    const events = [event('dependency_wait', { reason, status: 'todo', source_status: task.status })];
    return decided({ to: 'todo', run: ending('dependency_wait'), set, events });
  }
  const events = [event('blocked', kind === null ? { reason } : { reason, kind, recurrences })];
  return decided({ to: 'blocked', run: ending('blocked'), set, events });
}

/**
 * A block without a kind says nothing of its cause, and one that names open parents waits for something real: neither is a
 * repetition. A dependency on nobody is: its task would be started again at each full pass.
 */
function recurrencesOf(task: Task, kind: BlockKind | null, facts: Facts): number {
  if (kind === null) return 0;
  const before = task.block_kind === kind ? task.block_recurrences : 0;
  return kind === 'dependency' && facts.waits_for.length > 0 ? before : before + 1;
}

export function unblock(task: Task, facts: Facts): Result<Decision> {
  const to = returnTo(facts);
  return decided({
    to,
    run: reclaimed(task, 'Left open when its task was unblocked.'),
    set: { ...unclaimed, ...forgiven },
    events: [event('unblocked', returning(to))],
  });
}

/** Contract §4.2, with the time that §15.18 misses. */
export function schedule(
  task: Task,
  move: Extract<Move, { verb: 'schedule' }>,
  facts: Facts,
): Result<Decision> {
  const { reason, at } = move;
  if (at !== null && at <= toMillis(facts.now)) {
    return refuse(
      'invalid_input',
      `Task ${task.id} cannot be put off until ${new Date(at).toISOString()}, which is in the past; name a later time.`,
      [task.id],
    );
  }
  return decided({
    to: 'scheduled',
    run: endOf(task, { outcome: 'scheduled', summary: reason, error: null, metadata: null }),
    set: unclaimed,
    events: [event('scheduled', { reason, ...(at !== null && { at: toSeconds(at) }) })],
    side: { scheduled_at: at },
  });
}

/** Its time has come. Nobody forgave its failures, so they stand. */
export function wake(facts: Facts): Result<Decision> {
  const to = returnTo(facts);
  return decided({ to, events: [event('unblocked', returning(to, { source: 'schedule' }))] });
}
