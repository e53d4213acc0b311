import type { ByRun } from './command.ts';
import { type Decision, event, type Facts, type Move, type RestChange } from './decision.ts';
import { complete, expire, fail, requeue } from './endings.ts';
import { type Refusal, type Result, refuse } from './errors.ts';
import type { RunId } from './ids.ts';
import { claim, heartbeat } from './moves/claim.ts';
import { decompose, specify } from './moves/plan.ts';
import { reopenReview, requestChanges, requestReview } from './moves/review.ts';
import { archive, assign, edit, invalidate, place, promoteManual, reclaim } from './moves/steer.ts';
import { block, demote, promote, schedule, unblock, wake } from './moves/wait.ts';
import type { Outcome } from './run.ts';
import { type Status, statuses, type Task } from './task.ts';

/**
 * The state machine: what a command does to a task, decided from values alone. `kernel/apply.ts` writes the decision, and
 * nothing else changes a status. The full table of status × verb is a test beside this file, and `docs/state-machine.md`.
 */

/** The statuses from which each verb may start. */
export const startsFrom: { readonly [Verb in Move['verb']]: readonly Status[] } = {
  promote: ['todo', 'blocked'],
  demote: ['ready'],
  claim: ['ready', 'review'],
  heartbeat: ['running'],
  complete: ['running', 'ready', 'blocked', 'review'],
  block: ['running', 'ready'],
  unblock: ['blocked', 'scheduled'],
  // Put off again, it wakes at the newer time.
  schedule: ['todo', 'ready', 'running', 'blocked', 'scheduled'],
  wake: ['scheduled'],
  request_review: ['running', 'ready'],
  request_changes: ['running', 'review'],
  reopen_review: ['review'],
  // Triage too: nothing else brings back a task that blocked itself once too often (contract §4.13).
  promote_manual: ['triage', 'todo', 'blocked'],
  place: statuses,
  invalidate: ['ready', 'running', 'review', 'done'],
  reclaim: ['running', 'ready', 'blocked', 'review'],
  edit: statuses,
  assign: statuses,
  specify: ['triage'],
  decompose: ['triage'],
  archive: ['triage', 'todo', 'scheduled', 'ready', 'running', 'blocked', 'review', 'done'],
  fail: ['running'],
  requeue: ['running'],
  expire: ['running'],
};

/** What `move` does to `task`, or why it does nothing. */
export function decide(task: Task, move: Move, facts: Facts): Result<Decision> {
  if (task.foreign_status !== undefined) return foreign(task, task.foreign_status);
  const fenced = 'run_id' in move ? (staleRun(task, move.run_id) ?? unproved(task, move, facts)) : undefined;
  if (fenced) return { ok: false, refusal: fenced };
  if (!startsFrom[move.verb].includes(task.status)) return wrongStatus(task, move.verb);
  const decision = judge(task, move, facts);
  return decision.ok
    ? { ok: true, value: rested(task, inheriting(task, decision.value, facts), facts) }
    : decision;
}

function judge(task: Task, move: Move, facts: Facts): Result<Decision> {
  switch (move.verb) {
    case 'promote':
      return promote(task, facts);
    case 'demote':
      return demote(move);
    case 'claim':
      return claim(task, move, facts);
    case 'heartbeat':
      return heartbeat(task, move, facts);
    case 'complete':
      return answeredByOther(task, move, facts) ?? complete(task, move, facts);
    case 'block':
      return answeredByOther(task, move, facts) ?? block(task, move, facts);
    case 'schedule':
      return answeredByOther(task, move, facts) ?? schedule(task, move, facts);
    case 'unblock':
      return unblock(task, facts);
    case 'wake':
      return wake(facts);
    case 'request_review':
      return answeredByOther(task, move, facts) ?? requestReview(task, move, facts);
    case 'request_changes':
      return answeredByOther(task, move, facts) ?? requestChanges(task, move, facts);
    case 'reopen_review':
      return reopenReview(task, move, facts);
    case 'promote_manual':
      return promoteManual(task, move, facts);
    case 'place':
      return heldByWorker(task, move, facts) ?? place(task, move, facts);
    case 'invalidate':
      return heldByWorker(task, move, facts) ?? invalidate(task, move, facts);
    case 'reclaim':
      return heldByWorker(task, move, facts) ?? reclaim(task, move, facts);
    case 'edit':
      return edit(task, move);
    case 'assign':
      return assign(task, move);
    case 'specify':
      return specify(task, move);
    case 'decompose':
      return decompose(task, move);
    case 'archive':
      return heldByWorker(task, move, facts) ?? archive(task);
    case 'fail':
      return unended(task, move, facts) ?? fail(task, move.failure, facts);
    case 'requeue':
      return unended(task, move, facts) ?? requeue(task, move, facts);
    case 'expire':
      return heldByProcess(task, move, facts) ?? expire(task, move, facts);
  }
}

const answers: readonly Outcome[] = [
  'completed',
  'blocked',
  'scheduled',
  'review_requested',
  'changes_requested',
  'dependency_wait',
];

/** A run that brings an answer shows that its profile and its host work: whatever rested of them is over. */
function rested(task: Task, decision: Decision, facts: Facts): Decision {
  const { run } = decision;
  if (run.do !== 'close' || !answers.includes(run.end.outcome)) return decision;
  const over = facts.rests.filter(({ subject, name }) =>
    subject === 'profile' ? name === task.assignee : name === facts.run?.host,
  );
  if (over.length === 0) return decision;
  const rests = over.map(({ subject, name }): RestChange => ({ do: 'end', subject, name }));
  return { ...decision, rests };
}

/** However it becomes ready, a task of nobody takes over the profile of its first assigned parent (contract §4.3). */
function inheriting(task: Task, decision: Decision, facts: Facts): Decision {
  const assignee = facts.parent_assignee;
  const nobodys = task.assignee === null && (decision.set.assignee ?? null) === null;
  if (decision.to !== 'ready' || task.status === 'ready' || !nobodys || assignee === null) return decision;
  return {
    ...decision,
    set: { ...decision.set, assignee },
    events: [event('assigned', { assignee, source: 'parent' }), ...decision.events],
  };
}

/** Whoever invented a status knows what it means: nobody here moves the task out of it. */
const foreign = (task: Task, status: string): Result<never> =>
  refuse(
    'wrong_status',
    `Task ${task.id} is "${status}", a status of another program; only that program can move it on.`,
    [task.id],
  );

/** The fence: a run that no longer holds the task may not write for it, whatever has become of the task. */
function staleRun(task: Task, run: RunId | undefined): Refusal | undefined {
  if (run === undefined || task.current_run_id === run) return undefined;
  const now =
    task.current_run_id === null ? `the task is ${task.status}` : `run ${task.current_run_id} holds it`;
  return {
    code: 'stale_run',
    sentence: `Run ${run} no longer holds task ${task.id} (${now}); nothing was changed, so stop working on it.`,
    ids: [task.id],
  };
}

/** Whoever only inherited a worker's environment does not have its secret. */
function unproved(task: Task, { run_id, proof }: ByRun, { run }: Facts): Refusal | undefined {
  if (run_id === undefined || run?.token_hash === undefined || run.token_hash === proof) return undefined;
  return {
    code: 'out_of_scope',
    sentence: `Only the worker of run ${run_id} answers for task ${task.id}, and this caller does not have its token: use the kanban_* tools, or ANDON_RUN_TOKEN.`,
    ids: [task.id],
  };
}

function wrongStatus(task: Task, verb: Move['verb']): Result<never> {
  const from = startsFrom[verb].join(', ');
  const holder = task.claim_lock === null ? '' : `, claimed by ${task.claim_lock}`;
  return refuse(
    'wrong_status',
    `Task ${task.id} is ${task.status}${holder}; ${verb} needs it to be ${from}.`,
    [task.id],
  );
}

/** Only its worker answers for a task whose claim has a process (contract §15.6); a claim without one anybody may end. */
function answeredByOther(
  task: Task,
  move: { readonly verb: string } & ByRun,
  facts: Facts,
): Result<never> | undefined {
  return move.run_id === undefined ? heldByWorker(task, move, facts) : undefined;
}

/** A run ends without an answer because its worker says so, or because its process is dead; and it must be open. */
function unended(
  task: Task,
  move: { readonly verb: string } & ByRun,
  facts: Facts,
): Result<never> | undefined {
  if (move.run_id !== undefined) return undefined;
  return heldByProcess(task, move, facts) ?? withoutRun(task);
}

/** A claim that has a process is freed by its worker's answer, or once that process is proved dead (design §3.3). */
function heldByProcess(task: Task, move: { readonly verb: string }, facts: Facts): Result<never> | undefined {
  if (facts.run?.has_process !== true) return undefined;
  return refuse(
    'worker_alive',
    `Task ${task.id} is being worked on by run ${facts.run.id}, whose process may still live; ${move.verb} has to wait until that run has ended.`,
    [task.id],
  );
}

/** The same for a worker that another program on this board has started: nobody here can end it. */
function heldByWorker(task: Task, move: { readonly verb: string }, facts: Facts): Result<never> | undefined {
  if (facts.held_outside !== true) return heldByProcess(task, move, facts);
  return refuse(
    'worker_alive',
    `Task ${task.id} is being worked on by process ${task.worker_pid} of another program (${task.claim_lock}), which may still live; end it there, then ${move.verb} the task.`,
    [task.id],
  );
}

function withoutRun(task: Task): Result<never> | undefined {
  if (task.current_run_id !== null) return undefined;
  return refuse('not_running', `Task ${task.id} has no open run that could end.`, [task.id]);
}
