import {
  type Decision,
  decided,
  event,
  type Facts,
  forgiven,
  keep,
  type Move,
  parentsNotDone,
  type RunEnding,
  reclaimed,
  returning,
  returnTo,
  unclaimed,
} from '../decision.ts';
import { type Result, refuse } from '../errors.ts';
import type { NewEvent } from '../event.ts';
import type { Task } from '../task.ts';
import { firstLine, saying } from '../text.ts';
import { toWork } from './review.ts';

/** What a person does past the usual order of things. */

export function assign(task: Task, move: Extract<Move, { verb: 'assign' }>): Result<Decision> {
  if (task.status === 'running' && task.claim_lock !== null) {
    return refuse(
      'already_running',
      `Task ${task.id} is running for ${task.assignee ?? 'nobody'}; it can be given to another once that run has ended.`,
      [task.id],
    );
  }
  // Retry counters belong to the pair of task and profile (contract §3.3).
  const changed = move.assignee !== task.assignee;
  return decided({
    to: task.status,
    set: changed ? { ...forgiven, assignee: move.assignee } : {},
    events: [event('assigned', { assignee: move.assignee, ...(move.source && { source: move.source }) })],
  });
}

export const archive = (task: Task): Result<Decision> =>
  decided({
    to: 'archived',
    run: reclaimed(task, 'Archived while it ran.'),
    set: unclaimed,
    events: [event('archived')],
    satisfies_children: true,
  });

/**
 * Contract §4.2, `promote`. With force the open parents are waived, so that the claim does not send it back. Out of triage it
 * goes where a new task would begin: with open parents, to wait for them.
 */
export function promoteManual(
  task: Task,
  move: Extract<Move, { verb: 'promote_manual' }>,
  facts: Facts,
): Result<Decision> {
  const waits = facts.waits_for.length > 0;
  const { actor, reason, force } = move;
  if (waits && !force && task.status !== 'triage') {
    return { ok: false, refusal: parentsNotDone(task, facts) };
  }
  const to = returnTo({ ...facts, waits_for: force ? [] : facts.waits_for });
  return decided({
    to,
    events: [
      event('promoted_manual', { actor, reason, forced: force, ...(to !== 'ready' && { status: to }) }),
    ],
    ...(waits && force && { side: { waived: true } }),
  });
}

/** Moves a card as a person does with a mouse (contract §4.2, drag/drop). Leaving done or archived takes back what it was. */
export function place(task: Task, move: Extract<Move, { verb: 'place' }>, facts: Facts): Result<Decision> {
  const { to } = move;
  if (to === task.status) return decided({ to, events: [] });
  if (to === 'ready' && facts.waits_for.length > 0) {
    return { ok: false, refusal: parentsNotDone(task, facts) };
  }
  const reopens = task.status === 'done' || task.status === 'archived';
  const { set, side } = toWork(task, facts);
  return decided({
    to,
    run: reclaimed(task, `Moved to ${to} while it ran.`),
    set: { ...set, ...unclaimed, ...(reopens && forgiven) },
    events: [event('status', { status: to })],
    side,
    ...(reopens && { reopens }),
  });
}

/** What it was built on is taken back, so it is too (contract §4.12). */
export function invalidate(
  task: Task,
  move: Extract<Move, { verb: 'invalidate' }>,
  facts: Facts,
): Result<Decision> {
  const { ancestor } = move;
  const { set, side } = toWork(task, facts);
  return decided({
    to: 'todo',
    run: reclaimed(task, `${ancestor} was reopened.`),
    set: { ...set, ...unclaimed, ...forgiven },
    events: [
      event('descendant_invalidated', { ancestor, prior_status: task.status }),
      event('status', { status: 'todo', reason: 'parent_reopened', parent: ancestor }),
    ],
    side,
  });
}

/** Contract §4.2, `reclaim`; of a claim whose process, if it had one, is proved dead. */
export function reclaim(
  task: Task,
  move: Extract<Move, { verb: 'reclaim' }>,
  facts: Facts,
): Result<Decision> {
  if (task.claim_lock === null && task.current_run_id === null) {
    return refuse(
      'not_running',
      `Task ${task.id} is ${task.status} and nobody holds it; there is nothing to reclaim.`,
      [task.id],
    );
  }
  const { reason, assignee, parked_by } = move;
  const to = parked_by === undefined ? returnTo(facts) : 'blocked';
  const payload = { manual: true, reason, prev_lock: task.claim_lock, ...move.payload };
  return decided({
    to,
    run: reclaimed(task, null, reason === null ? 'manual_reclaim' : `manual_reclaim: ${reason}`),
    set: {
      ...unclaimed,
      ...forgiven,
      last_heartbeat_at: null,
      ...(assignee !== undefined && { assignee }),
      ...(parked_by !== undefined && { block_kind: null, block_recurrences: 0 }),
    },
    events: [
      event('reclaimed', returning(to, payload)),
      ...(parked_by === undefined ? [] : [event('blocked', { reason: stopReason(parked_by, reason) })]),
      ...(assignee === undefined ? [] : [event('assigned', { assignee })]),
    ],
  });
}

const stopReason = (by: string, reason: string | null): string => `Stopped by ${by}${saying(reason, '.')}`;

/** Words of a task, at any time; its result once it is done (contract §4.9). */
export function edit(task: Task, move: Extract<Move, { verb: 'edit' }>): Result<Decision> {
  const { title, body, priority } = move;
  const result = editResult(task, move);
  if (!result.ok) return result;
  const words = Object.entries({ title, body }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  return decided({
    to: task.status,
    run: result.value.run,
    set: {
      ...(title !== undefined && { title: title.trim() }),
      ...(body !== undefined && { body }),
      ...(priority !== undefined && { priority }),
      ...(move.result !== undefined && { result: move.result }),
    },
    events: [
      ...(words.length > 0 ? [event('edited', { fields: words })] : []),
      ...(priority === undefined ? [] : [event('reprioritized', { priority })]),
      ...result.value.events,
    ],
  });
}

function editResult(
  task: Task,
  move: Extract<Move, { verb: 'edit' }>,
): Result<{ run: Decision['run']; events: readonly NewEvent[] }> {
  const { result, summary, metadata } = move;
  const given = Object.entries({ result, summary, metadata }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (given.length === 0) return { ok: true, value: { run: keep, events: [] } };
  if (task.status !== 'done') {
    return refuse(
      'wrong_status',
      `Task ${task.id} is ${task.status}; it needs to be done before its result is edited.`,
      [task.id],
    );
  }
  const said = summary ?? result ?? null;
  const end: RunEnding = { outcome: 'completed', summary: said, error: null, metadata: metadata ?? null };
  const payload = { fields: given, result_len: result?.length ?? 0, summary: firstLine(said, 400) };
  return { ok: true, value: { run: { do: 'amend', end }, events: [event('edited', payload)] } };
}
