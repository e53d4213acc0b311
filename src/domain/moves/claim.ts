import { type Decision, decided, event, type Facts, type Move, parentsNotDone } from '../decision.ts';
import { type Result, refuse } from '../errors.ts';
import { asSeconds } from '../ids.ts';
import type { Task } from '../task.ts';

/** How a run takes hold of a task, and keeps it. */

export function claim(task: Task, move: Extract<Move, { verb: 'claim' }>, facts: Facts): Result<Decision> {
  if (facts.waits_for.length > 0) {
    // A task under review only waits: it is tried again when its parents are done, and nothing is told of it.
    if (task.status === 'review') return { ok: false, refusal: parentsNotDone(task, facts) };
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
    run: { do: 'open', id: move.opens, max_runtime_seconds: move.max_runtime_seconds },
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

export function heartbeat(
  task: Task,
  move: Extract<Move, { verb: 'heartbeat' }>,
  facts: Facts,
): Result<Decision> {
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
