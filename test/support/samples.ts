import type { Facts, Move } from '../../src/domain/decision.ts';
import { asMillis, asProfileName, asRunId, asSeconds, asTaskId } from '../../src/domain/ids.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Task } from '../../src/domain/task.ts';

/** Records with plain values; a test, or the page of the state machine, names only what it is about. */

export const parentId = asTaskId('t_0000000a');

export const taskWith = (own: Partial<Task> = {}): Task => ({
  id: asTaskId('t_00000001'),
  title: 'Count the lines',
  body: null,
  assignee: asProfileName('coder'),
  status: 'ready',
  priority: 0,
  created_by: 'user',
  created_at: asSeconds(1000),
  started_at: null,
  completed_at: null,
  workspace_kind: 'scratch',
  workspace_path: null,
  branch_name: null,
  claim_lock: null,
  claim_expires: null,
  tenant: null,
  result: null,
  idempotency_key: null,
  consecutive_failures: 0,
  worker_pid: null,
  last_failure_error: null,
  max_runtime_seconds: null,
  last_heartbeat_at: null,
  current_run_id: null,
  workflow_template_id: null,
  current_step_key: null,
  skills: null,
  model_override: null,
  max_retries: null,
  goal_mode: false,
  goal_max_turns: null,
  session_id: null,
  block_kind: null,
  block_recurrences: 0,
  ...own,
});

/** A task that run 7 holds. */
export const runningTask = (own: Partial<Task> = {}): Task =>
  taskWith({
    status: 'running',
    started_at: asSeconds(1500),
    claim_lock: 'here:42',
    claim_expires: asSeconds(2900),
    worker_pid: 99,
    last_heartbeat_at: asSeconds(1990),
    current_run_id: asRunId(7),
    ...own,
  });

export const factsWith = (own: Partial<Facts> = {}): Facts => ({
  now: asSeconds(2000),
  waits_for: [],
  run: null,
  lingering: false,
  lane: 'work',
  implementer: null,
  parent_assignee: null,
  sticky: false,
  limit: { limit: 2, source: 'default' },
  rests: [],
  cooldown: undefined,
  ...own,
});

/** An attempt of that task that has ended. */
export const runWith = (own: Partial<Run> = {}): Run => ({
  id: asRunId(7),
  task_id: asTaskId('t_00000001'),
  profile: asProfileName('coder'),
  step_key: null,
  status: 'crashed',
  claim_lock: null,
  claim_expires: null,
  worker_pid: null,
  max_runtime_seconds: null,
  last_heartbeat_at: null,
  started_at: asSeconds(1500),
  ended_at: asSeconds(1600),
  outcome: 'crashed',
  summary: null,
  metadata: null,
  error: null,
  ...own,
});

/** The plainest move of each verb: it says no more than it must, and not which run is writing. */
export const moves = {
  promote: { verb: 'promote' },
  demote: { verb: 'demote', reason: 'parent_linked', parent: null },
  claim: {
    verb: 'claim',
    opens: asRunId(8),
    lock: 'here:43',
    expires: asSeconds(2900),
    workspace_path: null,
    max_runtime_seconds: null,
  },
  heartbeat: { verb: 'heartbeat', expires: asSeconds(2900), note: null },
  complete: {
    verb: 'complete',
    result: null,
    summary: null,
    metadata: null,
    verified_cards: [],
    artifacts: [],
  },
  block: { verb: 'block', reason: null },
  unblock: { verb: 'unblock' },
  schedule: { verb: 'schedule', reason: null, at: asMillis(3_000_000) },
  wake: { verb: 'wake' },
  request_review: { verb: 'request_review', summary: null, reviewer: null, artifacts: [] },
  request_changes: { verb: 'request_changes', reason: null },
  reopen_review: { verb: 'reopen_review', reason: null },
  promote_manual: { verb: 'promote_manual', actor: null, reason: null, force: false },
  place: { verb: 'place', to: 'todo' },
  invalidate: { verb: 'invalidate', ancestor: parentId },
  reclaim: { verb: 'reclaim', reason: null, payload: {} },
  edit: { verb: 'edit' },
  assign: { verb: 'assign', assignee: asProfileName('writer'), source: null },
  specify: { verb: 'specify', title: 'Count all lines' },
  decompose: { verb: 'decompose', root_assignee: null, children: [parentId] },
  archive: { verb: 'archive' },
  fail: { verb: 'fail', failure: { event: 'crashed', error: 'exit 1', payload: {} } },
  requeue: {
    verb: 'requeue',
    excused: { kind: 'rate_limit', until: null, error: 'exit 75' },
    payload: {},
  },
  expire: { verb: 'expire', payload: {} },
} as const satisfies { readonly [Verb in Move['verb']]: Extract<Move, { verb: Verb }> };
