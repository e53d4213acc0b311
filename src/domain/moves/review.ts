import {
  type Decision,
  decided,
  endOf,
  event,
  type Facts,
  forgiven,
  type Move,
  returnTo,
  type SideChange,
  unclaimed,
} from '../decision.ts';
import { type Result, refuse } from '../errors.ts';
import type { Task } from '../task.ts';
import { firstLine } from '../text.ts';

/** Work, then a second look (contract §4.12): whoever did the work is remembered, and gets it back for changes. */

export function requestReview(
  task: Task,
  move: Extract<Move, { verb: 'request_review' }>,
  facts: Facts,
): Result<Decision> {
  const { summary, reviewer, artifacts } = move;
  if (task.status === 'running' && facts.lane === 'review') {
    return refuse(
      'wrong_status',
      `Task ${task.id} is under review already; complete it, or ask for changes.`,
      [task.id],
    );
  }
  const metadata = artifacts.length > 0 ? { artifacts } : null;
  return decided({
    to: 'review',
    run: endOf(task, { outcome: 'review_requested', summary, error: null, metadata }),
    set: { ...unclaimed, ...forgiven, assignee: reviewer ?? task.assignee },
    events: [
      event('review_requested', {
        summary: firstLine(summary, 400),
        implementer: task.assignee,
        reviewer: reviewer ?? task.assignee,
        artifacts,
        status: 'review',
      }),
    ],
    side: { lane: 'review', implementer: task.assignee },
  });
}

export function requestChanges(
  task: Task,
  move: Extract<Move, { verb: 'request_changes' }>,
  facts: Facts,
): Result<Decision> {
  if (task.status === 'running' && facts.lane !== 'review') {
    return refuse(
      'wrong_status',
      `Task ${task.id} is being worked on, not reviewed; only a review can ask for changes.`,
      [task.id],
    );
  }
  const { reason } = move;
  const back = toWork(task, facts);
  return decided({
    ...back,
    run: endOf(task, { outcome: 'changes_requested', summary: reason, error: null, metadata: null }),
    set: { ...back.set, ...unclaimed, ...forgiven },
    events: [
      event('changes_requested', {
        reason,
        implementer: back.set.assignee,
        reviewer: task.assignee,
        status: back.to,
      }),
    ],
  });
}

/** A person takes the task out of review before anybody has reviewed it; no verdict, so its failures stand. */
export function reopenReview(
  task: Task,
  move: Extract<Move, { verb: 'reopen_review' }>,
  facts: Facts,
): Result<Decision> {
  const back = toWork(task, facts);
  const payload = { reason: move.reason, implementer: back.set.assignee, status: back.to };
  return decided({ ...back, events: [event('review_reopened', payload)] });
}

/** Back to the work lane, and to whoever did the work, be it nobody. */
export function toWork(
  task: Task,
  facts: Facts,
): Pick<Decision, 'to'> & { readonly set: Pick<Task, 'assignee'>; readonly side: SideChange } {
  return {
    to: returnTo({ ...facts, lane: 'work' }),
    set: { assignee: facts.lane === 'review' ? facts.implementer : task.assignee },
    side: { lane: 'work', implementer: null },
  };
}
