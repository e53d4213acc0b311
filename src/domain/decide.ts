import { type Refusal, type Result, refuse } from './errors.ts';
import type { NewEvent } from './event.ts';
import { asSeconds, type ProfileName, type RunId, type Seconds, type TaskId } from './ids.ts';
import { clipError, type FailureLimit } from './retry.ts';
import type { Outcome } from './run.ts';
import type { Lane, Metadata, Status, Task } from './task.ts';

/**
 * The state machine: what a command does to a task, decided from values alone. `kernel/apply.ts` writes the decision, and
 * nothing else changes a status. The full table of status × verb is a test beside this file.
 */

/** What a decision needs beside the task's own row. */
export interface Facts {
  readonly now: Seconds;
  /** Parents that are neither done nor archived. Empty means "parents satisfied", everywhere (contract §4). */
  readonly waits_for: readonly TaskId[];
  /** The open run, and whether it stands for a process of ours. */
  readonly run: { readonly id: RunId; readonly has_process: boolean } | null;
  /** A process of an earlier run is not proved dead. */
  readonly lingering: boolean;
  /** The lane a task returns to when a run ends without an answer. */
  readonly lane: Lane;
  /** Somebody blocked it on purpose, and nobody has ended that (contract §4.3). */
  readonly sticky: boolean;
  readonly limit: FailureLimit;
}

/** How a run may end without an answer, and what is told of it. */
export interface Failure {
  readonly event: 'crashed' | 'protocol_violation' | 'timed_out' | 'spawn_failed';
  readonly error: string;
  readonly payload: Metadata;
}

export type Move =
  | { readonly verb: 'promote'; readonly parent_assignee: ProfileName | null }
  | { readonly verb: 'demote'; readonly reason: string; readonly parent: TaskId | null }
  | {
      readonly verb: 'claim';
      readonly lock: string;
      readonly expires: Seconds;
      readonly workspace_path: string | null;
      readonly max_runtime_seconds: number | null;
    }
  | {
      readonly verb: 'heartbeat';
      readonly run_id?: RunId | undefined;
      readonly lock?: string | undefined;
      readonly expires: Seconds;
      readonly note: string | null;
    }
  | {
      readonly verb: 'complete';
      readonly run_id?: RunId | undefined;
      readonly result: string | null;
      readonly summary: string | null;
      readonly metadata: Metadata | null;
      readonly verified_cards: readonly string[];
      readonly artifacts: readonly string[];
    }
  | { readonly verb: 'block'; readonly run_id?: RunId | undefined; readonly reason: string | null }
  | { readonly verb: 'unblock' }
  | { readonly verb: 'assign'; readonly assignee: ProfileName | null; readonly source: string | null }
  | { readonly verb: 'archive' }
  | { readonly verb: 'fail'; readonly failure: Failure }
  | { readonly verb: 'rate_limit'; readonly error: string; readonly payload: Metadata }
  | { readonly verb: 'expire'; readonly payload: Metadata };

export interface RunEnding {
  readonly outcome: Outcome;
  readonly summary: string | null;
  readonly error: string | null;
  readonly metadata: Metadata | null;
}

export interface Decision {
  readonly to: Status;
  /** What becomes of the run: a new one, the end of the open one, or the record of an end without an attempt. */
  readonly run:
    | { readonly do: 'keep' }
    | { readonly do: 'open'; readonly max_runtime_seconds: number | null }
    | { readonly do: 'close' | 'synthesise'; readonly end: RunEnding };
  /** Columns beside status and run that change. */
  readonly set: Partial<Task>;
  readonly events: readonly NewEvent[];
  /** Children may have lost the last parent they waited for. */
  readonly satisfies_children: boolean;
}

const event = (kind: NewEvent['kind'], payload: Metadata | null = null): NewEvent => ({ kind, payload });
const keep = { do: 'keep' } as const;
const unclaimed = { claim_lock: null, claim_expires: null, worker_pid: null } as const;
const forgiven = { consecutive_failures: 0, last_failure_error: null } as const;
const returnTo = (lane: Lane): Status => (lane === 'review' ? 'review' : 'ready');

const decided = (decision: Partial<Decision> & Pick<Decision, 'to' | 'events'>): Result<Decision> => ({
  ok: true,
  value: { run: keep, set: {}, satisfies_children: false, ...decision },
});

/** The statuses from which each verb may start; `heartbeat` and the endings of a run also need that open run. */
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
      return unblock(facts);
    case 'assign':
      return assign(task, move);
    case 'archive':
      return archive(task, facts);
    case 'fail':
      return fail(task, move.failure, facts);
    case 'rate_limit':
      return decided({
        to: returnTo(facts.lane),
        run: {
          do: 'close',
          end: { outcome: 'rate_limited', summary: null, error: move.error, metadata: null },
        },
        set: { ...unclaimed, last_failure_error: clipError(move.error) },
        events: [event('rate_limited', move.payload)],
      });
    case 'expire':
      return decided({
        to: returnTo(facts.lane),
        run: {
          do: 'close',
          end: {
            outcome: 'reclaimed',
            summary: null,
            error: `stale_lock=${task.claim_lock ?? ''}`,
            metadata: null,
          },
        },
        set: { ...unclaimed, last_heartbeat_at: null },
        events: [event('reclaimed', move.payload)],
      });
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
  return refuse('wrong_status', `Task ${task.id} is ${task.status}; ${verb} needs it to be ${from}.`, [
    task.id,
  ]);
}

/** Only its worker answers for a task whose claim has a process (contract §15.6); a claim without one anybody may end. */
function answeredByOther(
  task: Task,
  move: { readonly verb: string; readonly run_id?: RunId | undefined },
  facts: Facts,
): Result<never> | undefined {
  if (move.run_id !== undefined || facts.run?.has_process !== true) return undefined;
  return workerAlive(task, move.verb, facts.run.id);
}

const workerAlive = (task: Task, verb: string, run: RunId): Result<never> =>
  refuse(
    'worker_alive',
    `Task ${task.id} is being worked on by run ${run}, whose process may still live; ${verb} is its worker's to say until that run has ended.`,
    [task.id],
  );

function promote(task: Task, move: Extract<Move, { verb: 'promote' }>, facts: Facts): Result<Decision> {
  if (facts.waits_for.length > 0) return parentsNotDone(task, facts);
  if (task.status === 'blocked' && (facts.sticky || task.consecutive_failures >= facts.limit.limit)) {
    return refuse('wrong_status', `Task ${task.id} stays blocked until somebody unblocks it.`, [task.id]);
  }
  const inherited = task.assignee === null ? move.parent_assignee : null;
  return decided({
    to: task.status === 'blocked' ? returnTo(facts.lane) : 'ready',
    set: inherited === null ? {} : { assignee: inherited },
    events: [
      ...(inherited === null ? [] : [event('assigned', { assignee: inherited, source: 'parent' })]),
      event('promoted'),
    ],
  });
}

const parentsNotDone = (task: Task, facts: Facts): Result<never> =>
  refuse('parents_not_done', `Task ${task.id} waits for ${facts.waits_for.join(', ')}.`, [
    task.id,
    ...facts.waits_for,
  ]);

function claim(task: Task, move: Extract<Move, { verb: 'claim' }>, facts: Facts): Result<Decision> {
  if (facts.waits_for.length > 0) {
    const refused = parentsNotDone(task, facts);
    if (refused.ok) return refused;
    const record = {
      task_id: task.id,
      run_id: null,
      event: event('claim_rejected', { reason: 'parents_not_done' }),
    };
    return { ok: false, refusal: { ...refused.refusal, record } };
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

const firstLine = (text: string | null, most: number): string | null => {
  const line = text?.trim().split('\n', 1)[0]?.trim() ?? '';
  return line === '' ? null : [...line].slice(0, most).join('');
};

/** Contract §4.4. */
function complete(task: Task, move: Extract<Move, { verb: 'complete' }>, facts: Facts): Result<Decision> {
  const end: RunEnding = {
    outcome: 'completed',
    summary: move.summary ?? move.result,
    error: null,
    metadata: move.metadata,
  };
  const worthKeeping = end.summary !== null || end.metadata !== null;
  return decided({
    to: 'done',
    run:
      task.current_run_id !== null ? { do: 'close', end } : worthKeeping ? { do: 'synthesise', end } : keep,
    set: { ...unclaimed, ...forgiven, completed_at: facts.now, result: move.result ?? task.result },
    events: [
      event('completed', {
        result_len: move.result?.length ?? 0,
        summary: firstLine(move.summary ?? move.result, 400),
        ...(move.verified_cards.length > 0 && { verified_cards: move.verified_cards }),
        ...(move.artifacts.length > 0 && { artifacts: move.artifacts }),
      }),
    ],
    satisfies_children: true,
  });
}

function block(task: Task, move: Extract<Move, { verb: 'block' }>): Result<Decision> {
  const end: RunEnding = { outcome: 'blocked', summary: move.reason, error: null, metadata: null };
  return decided({
    to: 'blocked',
    run:
      task.current_run_id !== null
        ? { do: 'close', end }
        : move.reason !== null
          ? { do: 'synthesise', end }
          : keep,
    set: unclaimed,
    events: [event('blocked', { reason: move.reason })],
  });
}

function unblock(facts: Facts): Result<Decision> {
  const to: Status = facts.waits_for.length > 0 && facts.lane === 'work' ? 'todo' : returnTo(facts.lane);
  return decided({
    to,
    set: { ...unclaimed, ...forgiven },
    events: [event('unblocked', to === 'todo' ? { status: to } : null)],
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

function archive(task: Task, facts: Facts): Result<Decision> {
  if (facts.run?.has_process === true) return workerAlive(task, 'archive', facts.run.id);
  return decided({
    to: 'archived',
    run:
      task.current_run_id === null
        ? keep
        : {
            do: 'close',
            end: { outcome: 'reclaimed', summary: 'Archived while it ran.', error: null, metadata: null },
          },
    set: unclaimed,
    events: [event('archived')],
    satisfies_children: true,
  });
}

const outcomeOf: { readonly [Kind in Failure['event']]: Outcome } = {
  crashed: 'crashed',
  protocol_violation: 'crashed',
  timed_out: 'timed_out',
  spawn_failed: 'spawn_failed',
};

/** Contract §4.14: one more failure; at the limit the task is blocked, not sticky, with the last error. */
function fail(task: Task, failure: Failure, facts: Facts): Result<Decision> {
  const failures = task.consecutive_failures + 1;
  // A worker that ended well without a word will do so again: one is enough, unless the task says otherwise (§5.5).
  const forced = failure.event === 'protocol_violation' && facts.limit.source !== 'task';
  const limit = forced ? 1 : facts.limit.limit;
  const gaveUp = failures >= limit;
  const payload = failure.event === 'spawn_failed' ? { ...failure.payload, failures } : failure.payload;
  const outcome = gaveUp && failure.event === 'spawn_failed' ? 'gave_up' : outcomeOf[failure.event];
  const metadata = failure.event === 'spawn_failed' ? { failures } : null;
  return decided({
    to: gaveUp ? 'blocked' : returnTo(facts.lane),
    run: { do: 'close', end: { outcome, summary: null, error: clipError(failure.error), metadata } },
    set: {
      ...unclaimed,
      last_heartbeat_at: null,
      consecutive_failures: failures,
      last_failure_error: clipError(failure.error),
    },
    events: [
      event(failure.event, payload),
      ...(gaveUp
        ? [
            event('gave_up', {
              failures,
              effective_limit: limit,
              limit_source: forced ? 'protocol_violation' : facts.limit.source,
              error: clipError(failure.error),
              trigger_outcome: outcomeOf[failure.event],
            }),
          ]
        : []),
    ],
  });
}
