import type { ClaimTask, Heartbeat } from '../domain/command.ts';
import { ok, type Result, refuse, unknownTask } from '../domain/errors.ts';
import { asMillis, asSeconds, type Epoch, type RunId, toSeconds } from '../domain/ids.ts';
import type { StartRun, StartRuns } from '../domain/leading.ts';
import type { Pause } from '../domain/pause.ts';
import type { Task } from '../domain/task.ts';
import type { Claim } from '../domain/view.ts';
import type { Tx } from '../store/store.ts';
import { findMovable, findMovables, type Movable } from '../store/tables/movable.ts';
import { activePauses } from '../store/tables/pauses.ts';
import { insertProcess } from '../store/tables/processes.ts';
import { extendRun } from '../store/tables/runs.ts';
import { laneOf, move } from './apply.ts';
import { fenced } from './lead.ts';
import { refusePaused } from './pause.ts';
import { leaveTrace } from './trace.ts';

/** How long a claim lasts without a sign of life (contract §5.3). */
export const defaultTtl = asSeconds(900);

/** Contract §4.2. A claim of somebody outside: it has no process of ours, so it lives by its expiry. */
export async function claim(tx: Tx, input: ClaimTask): Promise<Result<Claim>> {
  const wrong = checkTtl(input.ttl_seconds);
  if (wrong) return wrong;
  const [known, [opens]] = await Promise.all([findMovable(tx, input.task_id), tx.newRunIds(1)]);
  return known ? take(tx, known, opens, input) : unknownTask(input.task_id);
}

const checkTtl = (seconds: number): Result<never> | undefined =>
  Number.isSafeInteger(seconds) && seconds >= 1
    ? undefined
    : refuse('invalid_input', `A claim lasts a whole number of seconds from 1, not ${seconds}.`);

/** A claim of the leader's: the folder of its run is named, and not yet made. */
type Start = Claim & { readonly dir: string };

/**
 * The leader's claims. Many are one transaction, which costs one sync instead of one each; all are committed before the first
 * process exists, each with its process record, so that whoever leads next finds the truth in the runs' folders (design §3.3).
 * A refusal keeps only its own task from starting; a leader of an older epoch starts none.
 */
export async function startRuns(
  tx: Tx,
  { epoch, starts }: StartRuns,
): Promise<Result<readonly Result<Start>[]>> {
  const ids = starts.map((start) => start.task_id);
  const [stale, pauses, found, numbers] = await Promise.all([
    fenced(tx, { role: 'dispatcher', epoch }),
    activePauses(tx),
    findMovables(tx, ids),
    tx.newRunIds(starts.length),
  ]);
  if (stale) return stale;
  const answers: Result<Start>[] = [];
  for (const [index, start] of starts.entries()) {
    const { task_id: id } = start;
    // Whoever comes a second time is no longer what it was.
    const known = found.get(id) ?? (await findMovable(tx, id));
    found.delete(id);
    const answer = known
      ? await startRun(tx, known, start, { epoch, pauses, opens: numbers[index] })
      : unknownTask(id);
    // Nothing was written before the refusal: its trace can stand beside the other starts.
    if (!answer.ok) await leaveTrace(tx, answer.refusal);
    answers.push(answer);
  }
  return ok(answers);
}

async function startRun(
  tx: Tx,
  known: Movable,
  start: StartRun,
  {
    epoch,
    pauses,
    opens,
  }: { readonly epoch: Epoch; readonly pauses: readonly Pause[]; readonly opens: RunId | undefined },
): Promise<Result<Start>> {
  const { task, side } = known;
  const paused = refusePaused(pauses, task, tx.now);
  if (paused) return paused;
  const held = await take(tx, known, opens, start, start.max_runtime_seconds);
  if (!held.ok) return held;
  const { run_id } = held.value;
  const dir = `${start.runs_root}/${run_id}-${start.mark}`;
  insertProcess(tx, {
    run_id,
    task_id: task.id,
    lane: laneOf(task),
    epoch,
    host: start.host,
    dir,
    mark: start.mark,
    token_hash: start.token_hash ?? null,
    ready_at: side.ready_at,
    slot_at: asMillis(Math.max(side.ready_at, start.slot_free_since)),
    claimed_at: tx.now,
  });
  return ok({ ...held.value, dir });
}

async function take(
  tx: Tx,
  known: Movable,
  opens: RunId | undefined,
  input: ClaimTask,
  limit?: number | null,
): Promise<Result<Claim>> {
  if (opens === undefined) throw new Error(`The database gave no number for a run of ${known.task.id}.`);
  const applied = await move(tx, known, {
    verb: 'claim',
    opens,
    lock: input.claim_lock,
    expires: asSeconds(toSeconds(tx.now) + input.ttl_seconds),
    workspace_path: input.workspace_path,
    max_runtime_seconds: limit ?? known.task.max_runtime_seconds,
  });
  return applied.ok ? ok({ task: applied.value.task, run_id: opens }) : applied;
}

/** Contract §9.2: the claim is extended, then the sign of life is written; only a note makes an event (design §3.5). */
export async function heartbeat(tx: Tx, input: Heartbeat): Promise<Result<{ task: Task }>> {
  const known = await findMovable(tx, input.task_id);
  if (!known) return unknownTask(input.task_id);
  const { task } = known;
  if (task.status !== 'running' && input.run_id === undefined) {
    return refuse(
      'not_running',
      `Task ${task.id} is ${task.status}; a heartbeat or checkpoint needs it to be running.`,
      [task.id],
    );
  }
  const ttl = input.ttl_seconds ?? defaultTtl;
  const wrong = checkTtl(ttl);
  if (wrong) return wrong;
  const now = toSeconds(tx.now);
  const beaten = await move(tx, known, {
    verb: 'heartbeat',
    run_id: input.run_id,
    proof: input.proof,
    lock: input.claim_lock,
    expires: asSeconds(now + ttl),
    note: input.note?.trim() || null,
  });
  if (!beaten.ok) return beaten;
  const { current_run_id: run, claim_expires: expires } = beaten.value.task;
  if (run !== null && expires !== null) extendRun(tx, run, expires, now);
  return beaten;
}
