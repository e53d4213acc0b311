import type { Move } from '../domain/decision.ts';
import { ok, type Result, refuse } from '../domain/errors.ts';
import { alikeWindow, isSystemic } from '../domain/fault.ts';
import { asMillis, asSeconds, type RunId, type Seconds, toSeconds } from '../domain/ids.ts';
import {
  type AbandonRun,
  type AsLeader,
  type FailStart,
  hostRole,
  type ReapRun,
  type RecordBase,
  type RecordStart,
} from '../domain/leading.ts';
import { type RunProcess, wantedAssignee } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import { abandoned, verdictOn } from '../domain/verdict.ts';
import type { OutsideWorker } from '../domain/view.ts';
import type { Tx } from '../store/store.ts';
import { insertEvent } from '../store/tables/events.ts';
import { findMovable, type Movable, promotable } from '../store/tables/movable.ts';
import {
  crashesSince,
  findProcess,
  markAbandoned,
  markGone,
  recordIdentity,
} from '../store/tables/processes.ts';
import { allRests } from '../store/tables/rests.ts';
import { extendRun, findRun } from '../store/tables/runs.ts';
import { writeSide } from '../store/tables/sides.ts';
import { expiredClaims, moveExpiry, noteWorker } from '../store/tables/tasks.ts';
import { move, promote } from './apply.ts';
import { fenced } from './lead.ts';

/**
 * What is learned about processes becomes what the board says. Each of these checks the epoch, so a leader that was stopped
 * past its lease changes nothing when it wakes up (design §3.4). What was seen of a process may also be written by the keeper
 * of its host, and of no other.
 */

const unknownRun = (id: RunId): Result<never> =>
  refuse('unknown_run', `No run ${id} with a process on this board.`, [String(id)]);

interface OfRun {
  readonly run_id: RunId;
  readonly epoch: AsLeader['epoch'];
  readonly role?: AsLeader['role'] | undefined;
}

async function processOf(tx: Tx, input: OfRun): Promise<Result<RunProcess>> {
  const { role = 'dispatcher', epoch } = input;
  const [stale, process] = await Promise.all([fenced(tx, { role, epoch }), findProcess(tx, input.run_id)]);
  if (stale) return stale;
  if (!process) return unknownRun(input.run_id);
  if (role === 'dispatcher' || role === hostRole(process.host)) return ok(process);
  return refuse(
    'not_leader',
    `Run ${process.run_id} is on the host ${process.host}; ${role} cannot speak of it.`,
  );
}

async function runOf(tx: Tx, input: OfRun): Promise<Result<{ process: RunProcess; known: Movable }>> {
  const found = await processOf(tx, input);
  if (!found.ok) return found;
  const known = await findMovable(tx, found.value.task_id);
  return known ? ok({ process: found.value, known }) : unknownRun(input.run_id);
}

/** The process is there: from now on it is known by pid, start and boot (contract §4.2, `spawned`). */
export async function recordStart(tx: Tx, input: RecordStart): Promise<Result<null>> {
  const found = await runOf(tx, input);
  if (!found.ok) return found;
  const { process, known } = found.value;
  const { task } = known;
  if (process.pid !== null) return ok(null);
  recordIdentity(tx, input.run_id, input.identity, input.started_at);
  if (task.current_run_id === input.run_id) noteWorker(tx, task, input.identity.pid);
  const payload = { pid: input.identity.pid };
  const at = toSeconds(tx.now);
  insertEvent(tx, { kind: 'spawned', payload, task_id: task.id, run_id: input.run_id, at });
  return ok(null);
}

/** What its task has changed is counted from there, whatever its branch has become. */
export async function recordBase(tx: Tx, input: RecordBase): Promise<Result<null>> {
  const found = await runOf(tx, input);
  if (!found.ok) return found;
  const { task, side } = found.value.known;
  writeSide(tx, task.id, { ...side, base_commit: input.base_commit });
  return ok(null);
}

/** Nothing was started, so the slot is free at once and the failure counts (contract §4.14). */
export async function failStart(tx: Tx, input: FailStart): Promise<Result<{ task: Task }>> {
  const found = await processOf(tx, input);
  if (!found.ok) return found;
  const process = found.value;
  markGone(tx, input.run_id, { code: null, signal: null }, tx.now);
  const known = await findMovable(tx, process.task_id);
  if (!known) return unknownRun(input.run_id);
  const { task } = known;
  if (task.current_run_id !== input.run_id) return ok({ task });
  if (process.stop_at !== null) {
    return move(tx, known, { verb: 'reclaim', ...wishOf(process), payload: {} });
  }
  if (input.by_host) {
    const excused = { kind: 'host', until: null, error: input.error } as const;
    const { host } = process;
    return move(tx, known, { verb: 'requeue', excused, host, payload: { error: input.error } });
  }
  const failure = { event: 'spawn_failed', error: input.error, payload: { error: input.error } } as const;
  return move(tx, known, { verb: 'fail', failure }, { failureSetting: input.failure_limit });
}

/**
 * The whole tree is dead: the slot is free, and a run that left no answer is settled by how it ended (contract §5.5, §5.6).
 * The slot is free whatever has become of the task: another program may have deleted it, or moved it on under its worker.
 */
export async function reap(tx: Tx, input: ReapRun): Promise<Result<{ task: Task | null }>> {
  const found = await processOf(tx, input);
  if (!found.ok) return found;
  const process = found.value;
  markGone(tx, input.run_id, input.exit, tx.now);
  const [known, run] = await Promise.all([findMovable(tx, process.task_id), findRun(tx, input.run_id)]);
  if (process.gone_at !== null || known?.task.current_run_id !== input.run_id) {
    return ok({ task: known?.task ?? null });
  }
  const { task } = known;
  const settled = verdictOn({
    ...(process.stop_at !== null && { reclaim: wishOf(process) }),
    interrupted: input.interrupted,
    exit: input.exit,
    stopped: input.stopped,
    pid: process.pid,
    claimer: task.claim_lock,
    limit_seconds: run?.max_runtime_seconds ?? null,
    elapsed_seconds: toSeconds(tx.now) - (run?.started_at ?? toSeconds(tx.now)),
    silent_seconds: task.last_heartbeat_at === null ? null : toSeconds(tx.now) - task.last_heartbeat_at,
  });
  const counted = await seriesOf(tx, task, settled);
  const moved = await move(tx, known, counted, {
    failureSetting: input.failure_limit,
    cooldown: input.cooldown,
  });
  return ok({ task: moved.ok ? moved.value.task : task });
}

/**
 * The machine of a run is not heard of any more, so the task need not wait for it: slot and task are free, and it costs no
 * attempt. The process may still live there, and is refused by the fence; it is ended when the machine is back.
 */
export async function abandon(tx: Tx, input: AbandonRun): Promise<Result<{ task: Task | null }>> {
  const found = await processOf(tx, input);
  if (!found.ok) return found;
  const process = found.value;
  const settled = process.gone_at !== null || process.abandoned_at !== null;
  markAbandoned(tx, input.run_id, tx.now);
  const known = await findMovable(tx, process.task_id);
  if (settled || known?.task.current_run_id !== input.run_id) return ok({ task: known?.task ?? null });
  const { task } = known;
  const freed =
    process.stop_at === null
      ? abandoned(process, task.claim_lock)
      : ({ verb: 'reclaim', ...wishOf(process), payload: { host: process.host } } as const);
  return move(tx, known, freed);
}

/** What somebody wanted of a run when they asked for its end. */
const wishOf = (process: RunProcess) => ({
  reason: process.stop_reason,
  assignee: wantedAssignee(process),
  parked_by: process.stop_parked_by ?? undefined,
});

/** A crash that is one of a series counts against nobody: its profile rests (contract §5.5, last row). */
async function seriesOf(tx: Tx, task: Task, settled: Move): Promise<Move> {
  if (settled.verb !== 'fail' || task.assignee === null) return settled;
  const { event, error, payload } = settled.failure;
  if (event !== 'crashed' && event !== 'protocol_violation') return settled;
  const [rests, recent] = await Promise.all([
    allRests(tx),
    crashesSince(tx, task.assignee, asMillis(tx.now - alikeWindow)),
  ]);
  const known = rests.find(({ kind, name }) => kind === 'systemic' && name === task.assignee)?.error ?? null;
  if (!isSystemic({ task_id: task.id, error }, recent, known)) return settled;
  return { verb: 'requeue', excused: { kind: 'systemic', until: null, error }, payload };
}

/**
 * Contract §5.3. A claim with a process is only ever freed by that process's death; one without lives by its expiry. What
 * the leader found alive is believed only of the very claim that it looked at.
 */
export async function expireClaims(
  tx: Tx,
  input: AsLeader & { ttl_seconds: number; alive?: readonly OutsideWorker[] | undefined },
): Promise<Result<number>> {
  const stale = await fenced(tx, input);
  if (stale) return stale;
  const now = toSeconds(tx.now);
  let freed = 0;
  for (const task of await expiredClaims(tx, now)) {
    const process = task.current_run_id === null ? undefined : await findProcess(tx, task.current_run_id);
    const held = process ? process.gone_at === null : input.alive?.some((worker) => isHolder(task, worker));
    if (held === true) {
      extend(tx, task, process?.pid ?? task.worker_pid, asSeconds(now + input.ttl_seconds));
      continue;
    }
    const expired: Move = { verb: 'expire', payload: expiryPayload(task, now) };
    const known = await findMovable(tx, task.id);
    if (known && (await move(tx, known, expired)).ok) freed += 1;
  }
  return ok(freed);
}

const isHolder = (task: Task, { task_id, claim_lock, worker_pid }: OutsideWorker): boolean =>
  task.id === task_id && task.claim_lock === claim_lock && task.worker_pid === worker_pid;

const expiryPayload = (task: Task, now: number) => ({
  stale_lock: task.claim_lock,
  worker_pid: task.worker_pid,
  claim_expires: task.claim_expires,
  last_heartbeat_at: task.last_heartbeat_at,
  now,
});

function extend(tx: Tx, task: Task, worker_pid: number | null, expires: Seconds): void {
  const run = task.current_run_id;
  moveExpiry(tx, task, expires);
  if (run !== null) extendRun(tx, run, expires, null);
  const payload = {
    reason: 'pid_alive',
    worker_pid,
    claim_lock: task.claim_lock,
    claim_expires_was: task.claim_expires,
    claim_expires_now: expires,
    last_heartbeat_at: task.last_heartbeat_at,
  };
  const at = toSeconds(tx.now);
  insertEvent(tx, { kind: 'claim_extended', payload, task_id: task.id, run_id: run, at });
}

/** The full pass, for what foreign writers left waiting (design §3.1). */
export async function promoteAll(
  tx: Tx,
  input: AsLeader & { failure_limit: number | undefined },
): Promise<Result<number>> {
  const stale = await fenced(tx, input);
  if (stale) return stale;
  let promoted = 0;
  for (const known of await promotable(tx)) {
    if ((await promote(tx, known, input.failure_limit)).ok) promoted += 1;
  }
  return ok(promoted);
}
