import { decide } from '../domain/decide.ts';
import type { Decision, Facts, Move, RestChange } from '../domain/decision.ts';
import type { Result } from '../domain/errors.ts';
import { type RunId, type TaskId, toSeconds } from '../domain/ids.ts';
import { failureLimit } from '../domain/retry.ts';
import type { Lane, Task } from '../domain/task.ts';
import type { Reader, Tx } from '../store/store.ts';
import { insertEvent, newestOfKinds } from '../store/tables/events.ts';
import { unsatisfiedParents } from '../store/tables/links.ts';
import { descendants, findMovable, type Movable, promotableChildren } from '../store/tables/movable.ts';
import { findProcess, markEnded, requestStop } from '../store/tables/processes.ts';
import { allRests, deleteRest, writeRest } from '../store/tables/rests.ts';
import {
  closeLeakedRuns,
  closeRun,
  insertClosedRun,
  insertRun,
  lastCompletedRun,
  rewriteRun,
} from '../store/tables/runs.ts';
import { sameSide, type TaskSide, writeSide } from '../store/tables/sides.ts';
import { updateTask } from '../store/tables/tasks.ts';

/** The events of which the newest says whether a blocked task was blocked on purpose (contract §4.3). */
export const blockingKinds = [
  'blocked',
  'unblocked',
  'completed',
  'promoted',
  'promoted_manual',
  'gave_up',
  'status',
] as const;

export async function isSticky(reader: Reader, task: Task): Promise<boolean> {
  if (task.status !== 'blocked') return false;
  const newest = await newestOfKinds(reader, task.id, blockingKinds);
  return newest?.kind === 'blocked';
}

/**
 * What `decide` needs to know of a task beside its row. Most of it has come with the row; the rest is read only where there is
 * something to read.
 */
export async function factsOf(reader: Reader, known: Movable, options: MoveOptions = {}): Promise<Facts> {
  const { task, side, process } = known;
  const [waitsFor, heldOutside, sticky, rests] = await Promise.all([
    known.has_open_parents && !side.waived ? unsatisfiedParents(reader, task.id) : [],
    isHeldOutside(reader, known, options),
    isSticky(reader, task),
    known.has_rests && task.current_run_id !== null ? allRests(reader) : [],
  ]);
  return {
    now: toSeconds(reader.now),
    waits_for: waitsFor.map((parent) => parent.id),
    run: runFacts(task, process),
    held_outside: heldOutside,
    lingering: process !== undefined && process.run_id !== task.current_run_id,
    lane: side.lane,
    implementer: side.implementer,
    parent_assignee: known.parent_assignee,
    sticky,
    limit: failureLimit(task, options.failureSetting),
    rests,
    cooldown: options.cooldown,
  };
}

function runFacts({ current_run_id: id }: Task, live: Movable['process']): Facts['run'] {
  if (id === null) return null;
  if (live?.run_id !== id) return { id, has_process: false };
  return { id, has_process: true, host: live.host, token_hash: live.token_hash ?? undefined };
}

/** A claim that names a process which we have no record of is another program's, unless the caller found that process dead. */
async function isHeldOutside(
  reader: Reader,
  { task: { current_run_id: run, worker_pid: pid, claim_lock: lock }, process }: Movable,
  { deadWorker }: MoveOptions,
): Promise<boolean> {
  if (pid === null || pid === deadWorker) return false;
  if (run === null) return lock !== null;
  return process?.run_id !== run && (await findProcess(reader, run)) === undefined;
}

/** What the settings and the caller know beside the board. */
export interface MoveOptions {
  /** `failure_limit` of the settings. */
  readonly failureSetting?: number | undefined;
  /** Seconds that a rate limit rests at first. */
  readonly cooldown?: number | undefined;
  /** The worker of another program that was found dead. */
  readonly deadWorker?: number | undefined;
}

export interface Applied {
  readonly task: Task;
  /** The run that the move opened, closed or recorded. */
  readonly run_id: RunId | null;
}

/** Decides `move` on a task and writes it; the one way in which a status changes. */
export async function move(
  tx: Tx,
  known: Movable,
  asked: Move,
  options: MoveOptions = {},
): Promise<Result<Applied>> {
  const facts = await factsOf(tx, known, options);
  const decision = decide(known.task, asked, facts);
  if (!decision.ok) return decision;
  return { ok: true, value: await apply(tx, known, decision.value, facts) };
}

/** Task, run, events and promoted children, in the caller's transaction. */
async function apply(tx: Tx, known: Movable, decision: Decision, facts: Facts): Promise<Applied> {
  const { task } = known;
  const changed: Task = { ...task, ...decision.set, status: decision.to };
  const runId = await applyRun(tx, known, changed, decision, facts);
  const held = decision.run.do === 'open' ? runId : decision.run.do === 'close' ? null : task.current_run_id;
  const after = { ...changed, current_run_id: held };
  updateTask(tx, task, after);
  for (const event of decision.events) {
    insertEvent(tx, { ...event, task_id: task.id, run_id: runId ?? task.current_run_id, at: facts.now });
  }
  if (decision.run.do === 'open') {
    const source = task.status === 'review' ? { source_status: 'review' } : {};
    const payload = { lock: after.claim_lock, expires: after.claim_expires, run_id: runId, ...source };
    insertEvent(tx, { kind: 'claimed', payload, task_id: task.id, run_id: runId, at: facts.now });
  }
  applySide(tx, known, after, decision);
  for (const change of decision.rests ?? []) await applyRest(tx, change);
  if (decision.satisfies_children && known.has_children) await promoteChildren(tx, task.id);
  if (decision.reopens && known.has_children) await invalidateDescendants(tx, task.id);
  return { task: after, run_id: runId };
}

const applyRest = async (tx: Tx, change: RestChange): Promise<unknown> =>
  change.do === 'begin' ? writeRest(tx, change.rest) : deleteRest(tx, change);

/**
 * A task in `ready` works and one in `review` is reviewed, whoever put it there; only `scheduled` has a time; and what waits
 * again waits for all its parents.
 */
function applySide(tx: Tx, { task: before, side }: Movable, after: Task, decision: Decision): void {
  const entered = after.status !== before.status;
  if (!entered && decision.side === undefined) return;
  const starts = after.status === 'ready' || after.status === 'review';
  const next: TaskSide = {
    ...side,
    scheduled_at: after.status === 'scheduled' ? side.scheduled_at : null,
    ...(starts && entered && { ready_at: tx.now }),
    ...((after.status === 'todo' || after.status === 'triage') && { waived: false }),
    ...decision.side,
    ...(after.status === 'ready' && { lane: 'work' }),
    ...(decision.run.do === 'open' && opened(before, side)),
  };
  if (!sameSide(side, next)) writeSide(tx, before.id, next);
}

/** Another program that put a task under review did not say who did the work: its assignee is the best guess. */
const opened = (before: Task, side: TaskSide): Partial<TaskSide> => {
  const lane = laneOf(before);
  return lane === 'review' && side.lane === 'work' ? { lane, implementer: before.assignee } : { lane };
};

/** The lane of a run that a task in this status begins. */
export const laneOf = (task: Pick<Task, 'status'>): Lane => (task.status === 'review' ? 'review' : 'work');

async function applyRun(
  tx: Tx,
  { task: before, has_open_run }: Movable,
  after: Task,
  decision: Decision,
  facts: Facts,
): Promise<RunId | null> {
  switch (decision.run.do) {
    case 'keep':
      return null;
    case 'open': {
      if (after.claim_lock === null || after.claim_expires === null) {
        throw new Error(`The claim of ${before.id} has no lock.`);
      }
      if (has_open_run) closeLeakedRuns(tx, before.id, facts.now);
      insertRun(tx, before, {
        id: decision.run.id,
        claim_lock: after.claim_lock,
        claim_expires: after.claim_expires,
        started_at: facts.now,
        max_runtime_seconds: decision.run.max_runtime_seconds,
      });
      return decision.run.id;
    }
    case 'synthesise':
      return insertClosedRun(tx, before, decision.run.end, facts.now);
    case 'amend': {
      const newest = await lastCompletedRun(tx, before.id);
      if (newest === undefined) return insertClosedRun(tx, before, decision.run.end, facts.now);
      rewriteRun(tx, newest.id, decision.run.end);
      return null;
    }
    case 'close': {
      if (before.current_run_id === null) throw new Error(`Task ${before.id} has no open run to close.`);
      await closeRun(tx, before.current_run_id, decision.run.end, facts.now);
      if (facts.run?.has_process === true) markEnded(tx, before.current_run_id, tx.now);
      return before.current_run_id;
    }
  }
}

/** Promotes those children of `parent` that wait for nobody else; touches only them (measurements §2e: 51 µs against 27 ms). */
async function promoteChildren(tx: Tx, parent: TaskId): Promise<void> {
  for (const child of await promotableChildren(tx, parent)) await promote(tx, child, onlyForgiven);
}

/**
 * The limit for commands, which do not know the setting: a card that gave up becomes ready with them once its failures are
 * forgiven, and at the leader's full pass when the setting has been raised.
 */
export const onlyForgiven = 1;

/** Promotes a waiting task if nothing holds it any more. */
export async function promote(
  tx: Tx,
  known: Movable,
  failureSetting: number | undefined,
): Promise<Result<Applied>> {
  return move(tx, known, { verb: 'promote' }, { failureSetting });
}

/** The task once nothing but its parents holds it, or `undefined` when there is none. */
export async function promoted(tx: Tx, id: TaskId): Promise<Task | undefined> {
  const known = await findMovable(tx, id);
  if (known === undefined) return undefined;
  const done = await promote(tx, known, onlyForgiven);
  return done.ok ? done.value.task : known.task;
}

/**
 * Takes back whatever was built on `ancestor` (contract §4.12). A worker that is at it is ended first: its task returns to wait
 * once its process is proved dead.
 */
async function invalidateDescendants(tx: Tx, ancestor: TaskId): Promise<void> {
  for (const known of await descendants(tx, ancestor)) {
    const { task, side } = known;
    const done = await move(tx, known, { verb: 'invalidate', ancestor });
    if (done.ok || task.current_run_id === null) continue;
    writeSide(tx, task.id, { ...side, lane: 'work', implementer: null });
    const reason = `${ancestor} was reopened`;
    const assignee = side.lane === 'review' ? (side.implementer ?? '') : null;
    stopRun(tx, task, task.current_run_id, { reason, assignee, parked_by: null });
    const payload = { ancestor, prior_status: task.status };
    const at = toSeconds(tx.now);
    const told = { task_id: task.id, run_id: task.current_run_id, at };
    insertEvent(tx, { kind: 'descendant_invalidated', payload, ...told });
  }
}

/** Asks whoever watches the process of a run to end it; `assignee` is as in `andon_runs`. */
export function stopRun(
  tx: Tx,
  task: Task,
  run: RunId,
  stop: {
    readonly reason: string | null;
    readonly assignee: string | null;
    readonly parked_by: string | null;
  },
): void {
  requestStop(tx, run, { ...stop, at: tx.now });
  const at = toSeconds(tx.now);
  insertEvent(tx, { kind: 'stop_requested', payload: stop, task_id: task.id, run_id: run, at });
}
