import {
  type Decision,
  decided,
  event,
  type Facts,
  forgiven,
  keep,
  type Move,
  returning,
  returnTo,
  unclaimed,
} from './decision.ts';
import { block, complete, expire, fail, rateLimit } from './endings.ts';
import { type Refusal, type Result, refuse } from './errors.ts';
import { asSeconds, type RunId } from './ids.ts';
import type { Status, Task } from './task.ts';

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
  assign: ['triage', 'todo', 'scheduled', 'ready', 'running', 'blocked', 'review', 'done', 'archived'],
  archive: ['triage', 'todo', 'scheduled', 'ready', 'running', 'blocked', 'review', 'done'],
  fail: ['running'],
  rate_limit: ['running'],
  expire: ['running'],
};

/** What `move` does to `task`, or why it does nothing. */
export function decide(task: Task, move: Move, facts: Facts): Result<Decision> {
  const fenced = 'run_id' in move ? staleRun(task, move.run_id) : undefined;
  if (fenced) return { ok: false, refusal: fenced };
  if (!startsFrom[move.verb].includes(task.status)) return wrongStatus(task, move.verb);
  switch (move.verb) {
    case 'promote':
      return promote(task, move, facts);
    case 'demote':
      return decided({
        to: 'todo',
        events: [
          event('status', {
            status: 'todo',
            reason: move.reason,
            ...(move.parent && { parent: move.parent }),
          }),
        ],
      });
    case 'claim':
      return claim(task, move, facts);
    case 'heartbeat':
      return heartbeat(task, move, facts);
    case 'complete':
      return answeredByOther(task, move, facts) ?? complete(task, move, facts);
    case 'block':
      return answeredByOther(task, move, facts) ?? block(task, move);
    case 'unblock':
      return unblock(task, facts);
    case 'assign':
      return assign(task, move);
    case 'archive':
      return heldByProcess(task, move, facts) ?? archive(task);
    case 'fail':
      return heldByProcess(task, move, facts) ?? withoutRun(task) ?? fail(task, move.failure, facts);
    case 'rate_limit':
      return heldByProcess(task, move, facts) ?? withoutRun(task) ?? rateLimit(move, facts);
    case 'expire':
      return heldByProcess(task, move, facts) ?? expire(task, move, facts);
  }
}

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
  move: { readonly verb: string; readonly run_id?: RunId | undefined },
  facts: Facts,
): Result<never> | undefined {
  return move.run_id === undefined ? heldByProcess(task, move, facts) : undefined;
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

function withoutRun(task: Task): Result<never> | undefined {
  if (task.current_run_id !== null) return undefined;
  return refuse('not_running', `Task ${task.id} has no open run that could end.`, [task.id]);
}

function promote(task: Task, move: Extract<Move, { verb: 'promote' }>, facts: Facts): Result<Decision> {
  if (facts.waits_for.length > 0) return { ok: false, refusal: parentsNotDone(task, facts) };
  if (task.status === 'blocked' && (facts.sticky || task.consecutive_failures >= facts.limit.limit)) {
    return refuse('wrong_status', `Task ${task.id} stays blocked until somebody unblocks it.`, [task.id]);
  }
  const inherited = task.assignee === null ? move.parent_assignee : null;
  return decided({
    to: task.status === 'blocked' ? returnTo(facts) : 'ready',
    set: inherited === null ? {} : { assignee: inherited },
    events: [
      ...(inherited === null ? [] : [event('assigned', { assignee: inherited, source: 'parent' })]),
      event('promoted'),
    ],
  });
}

const parentsNotDone = (task: Task, facts: Facts): Refusal => ({
  code: 'parents_not_done',
  sentence: `Task ${task.id} waits for ${facts.waits_for.join(', ')}.`,
  ids: [task.id, ...facts.waits_for],
});

function claim(task: Task, move: Extract<Move, { verb: 'claim' }>, facts: Facts): Result<Decision> {
  if (facts.waits_for.length > 0) {
    const record = {
      task_id: task.id,
      run_id: null,
      event: event('claim_rejected', { reason: 'parents_not_done' }),
    };
    return { ok: false, refusal: { ...parentsNotDone(task, facts), record } };
  }
  if (task.claim_lock !== null) {
    return refuse('not_claimable', `Task ${task.id} is claimed by ${task.claim_lock}.`, [task.id]);
  }
  if (facts.lingering) {
    return refuse(
      'not_claimable',
      `The process of an earlier run of task ${task.id} has not ended yet; two workers never share its folder.`,
      [task.id],
    );
  }
  return decided({
    to: 'running',
    run: { do: 'open', max_runtime_seconds: move.max_runtime_seconds },
    set: {
      claim_lock: move.lock,
      claim_expires: move.expires,
      worker_pid: null,
      // A heartbeat of an earlier run would make this one look stale (contract §15.4).
      last_heartbeat_at: null,
      started_at: task.started_at ?? facts.now,
      workspace_path: move.workspace_path ?? task.workspace_path,
    },
    events: [],
  });
}

function heartbeat(task: Task, move: Extract<Move, { verb: 'heartbeat' }>, facts: Facts): Result<Decision> {
  if (move.lock !== undefined && move.lock !== task.claim_lock) {
    return refuse('stale_run', `The claim ${move.lock} no longer holds task ${task.id}.`, [task.id]);
  }
  return decided({
    to: 'running',
    set: {
      claim_expires: asSeconds(Math.max(move.expires, task.claim_expires ?? 0)),
      last_heartbeat_at: facts.now,
    },
    events: move.note === null ? [] : [event('heartbeat', { note: move.note })],
  });
}

function unblock(task: Task, facts: Facts): Result<Decision> {
  const to = returnTo(facts);
  return decided({
    to,
    run: reclaimed(task, 'Left open when its task was unblocked.'),
    set: { ...unclaimed, ...forgiven },
    events: [event('unblocked', returning(to))],
  });
}

function assign(task: Task, move: Extract<Move, { verb: 'assign' }>): Result<Decision> {
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

const archive = (task: Task): Result<Decision> =>
  decided({
    to: 'archived',
    run: reclaimed(task, 'Archived while it ran.'),
    set: unclaimed,
    events: [event('archived')],
    satisfies_children: true,
  });

const reclaimed = (task: Task, summary: string): Decision['run'] =>
  task.current_run_id === null
    ? keep
    : { do: 'close', end: { outcome: 'reclaimed', summary, error: null, metadata: null } };
