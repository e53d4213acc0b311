import {
  type Decision,
  decided,
  endOf,
  event,
  type Facts,
  type Failure,
  forgiven,
  keep,
  type Move,
  type RunEnding,
  returning,
  returnTo,
  unclaimed,
} from './decision.ts';
import type { Result } from './errors.ts';
import type { Excuse } from './fault.ts';
import { toMillis, toSeconds } from './ids.ts';
import { type Excused, type Rest, restAfter, subjectOf } from './rest.ts';
import { clipError } from './retry.ts';
import type { Outcome } from './run.ts';
import type { Task } from './task.ts';
import { firstLine } from './text.ts';

/** The moves that end a run: with the answer that it is done, or without one (fail, requeue, expiry). */

const filled = (text: string | null): string | null => (text?.trim() ? text : null);

/** Contract §4.4. */
export function complete(
  task: Task,
  move: Extract<Move, { verb: 'complete' }>,
  facts: Facts,
): Result<Decision> {
  const end: RunEnding = {
    outcome: 'completed',
    summary: filled(move.summary) ?? filled(move.result),
    error: null,
    metadata: move.metadata,
  };
  return decided({
    to: 'done',
    run: endOf(task, end),
    set: {
      ...unclaimed,
      ...forgiven,
      block_kind: null,
      block_recurrences: 0,
      completed_at: facts.now,
      result: move.result ?? task.result,
    },
    events: [
      event('completed', {
        result_len: move.result?.length ?? 0,
        summary: firstLine(end.summary, 400),
        ...(move.verified_cards.length > 0 && { verified_cards: move.verified_cards }),
        ...(move.artifacts.length > 0 && { artifacts: move.artifacts }),
      }),
    ],
    satisfies_children: true,
  });
}

const outcomeOf: { readonly [Kind in Failure['event']]: Outcome } = {
  crashed: 'crashed',
  protocol_violation: 'crashed',
  timed_out: 'timed_out',
  spawn_failed: 'spawn_failed',
  failed: 'failed',
};

/** Contract §4.14: one more failure; at the limit the task is blocked, not sticky, with the last error. */
export function fail(task: Task, failure: Failure, facts: Facts): Result<Decision> {
  const failures = task.consecutive_failures + 1;
  // A worker that ended well without a word will do so again: one is enough, unless the task says otherwise (§5.5).
  const forced = failure.event === 'protocol_violation' && facts.limit.source !== 'task';
  const limit = forced ? 1 : facts.limit.limit;
  const gaveUp = failures >= limit;
  const to = gaveUp ? 'blocked' : returnTo(facts);
  // Below the usual limit the next full pass, ours or Hermes', would promote the task again (contract §4.3).
  const counted = gaveUp ? Math.max(failures, facts.limit.limit) : failures;
  const payload = failure.event === 'spawn_failed' ? { ...failure.payload, failures } : failure.payload;
  const outcome = gaveUp && failure.event === 'spawn_failed' ? 'gave_up' : outcomeOf[failure.event];
  const metadata = failure.event === 'spawn_failed' ? { failures } : null;
  return decided({
    to,
    run: { do: 'close', end: { outcome, summary: null, error: clipError(failure.error), metadata } },
    set: {
      ...unclaimed,
      last_heartbeat_at: null,
      consecutive_failures: counted,
      last_failure_error: clipError(failure.error),
    },
    events: [
      event(failure.event, returning(to, payload)),
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

/** The provider's limits have their own outcome (contract §5.5); everything else is taken back without blame. */
const limits: readonly Excuse[] = ['rate_limit', 'quota', 'overload'];

/** What happened was not the task's doing, so it costs no attempt; whoever met it rests. */
export function requeue(
  task: Task,
  { excused, payload, host }: Extract<Move, { verb: 'requeue' }>,
  facts: Facts,
): Result<Decision> {
  const to = returnTo(facts);
  const outcome = limits.includes(excused.kind) ? 'rate_limited' : 'reclaimed';
  const error = clipError(excused.error);
  const rest = restFor(task, excused, host, facts);
  const until = rest && toSeconds(rest.until);
  return decided({
    to,
    run: { do: 'close', end: { outcome, summary: null, error, metadata: null } },
    set: {
      ...unclaimed,
      last_heartbeat_at: null,
      ...(excused.kind !== 'interrupted' && { last_failure_error: error }),
    },
    events: [
      event(outcome, returning(to, { ...payload, kind: excused.kind, error, ...(until && { until }) })),
    ],
    ...(rest && { rests: [{ do: 'begin', rest }] }),
  });
}

function restFor(task: Task, excused: Excused, host: string | undefined, facts: Facts): Rest | null {
  const { kind } = excused;
  if (kind === 'interrupted') return null;
  const subject = subjectOf(kind);
  const name = subject === 'host' ? (host ?? facts.run?.host) : task.assignee;
  if (!name) return null;
  const before = facts.rests.find((rest) => rest.subject === subject && rest.name === name);
  const next = restAfter({ ...excused, kind }, before, toMillis(facts.now), facts.cooldown);
  return {
    subject,
    name,
    kind,
    ...next,
    error: clipError(excused.error),
    task_id: task.id,
    run_id: task.current_run_id,
    since: before?.since ?? toMillis(facts.now),
  };
}

/** A claim whose time is over, and behind which stands no process (contract §5.3). */
export function expire(task: Task, move: Extract<Move, { verb: 'expire' }>, facts: Facts): Result<Decision> {
  const to = returnTo(facts);
  const outcome = move.stale ? 'stale' : 'reclaimed';
  const error = move.stale
    ? 'The worker gave no sign of life for too long.'
    : `stale_lock=${task.claim_lock}`;
  const end: RunEnding = { outcome, summary: null, error, metadata: null };
  return decided({
    to,
    run: task.current_run_id === null ? keep : { do: 'close', end },
    set: { ...unclaimed, last_heartbeat_at: null },
    events: [event(outcome, returning(to, move.payload))],
  });
}
