import { type Decision, decided, event, forgiven, type Move } from '../decision.ts';
import type { Result } from '../errors.ts';
import type { Task } from '../task.ts';

/** The ways out of triage (contract §4.11). Promotion follows in the same transaction. */

export function specify(task: Task, move: Extract<Move, { verb: 'specify' }>): Result<Decision> {
  const title = move.title ?? task.title;
  const body = move.body ?? task.body;
  const assignee = task.assignee ?? move.assignee ?? null;
  const after = { title, body, assignee };
  const changed_fields = (['title', 'body', 'assignee'] as const).filter(
    (field) => after[field] !== task[field],
  );
  return decided({
    to: 'todo',
    set: after,
    events: [event('specified', changed_fields.length === 0 ? null : { changed_fields })],
  });
}

export function decompose(task: Task, move: Extract<Move, { verb: 'decompose' }>): Result<Decision> {
  const assignee = move.root_assignee ?? task.assignee;
  const { children: child_ids } = move;
  return decided({
    to: 'todo',
    // Retry counters belong to the pair of task and profile (contract §3.3).
    set: { assignee, ...(assignee !== task.assignee && forgiven) },
    events: [event('decomposed', { child_ids, root_assignee: assignee })],
  });
}
