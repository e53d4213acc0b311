import {
  asEpoch,
  asMillis,
  asProfileName,
  asRunId,
  asSeconds,
  asTaskId,
  type Epoch,
  type Millis,
  type ProfileName,
  type RunId,
  type Seconds,
  type TaskId,
} from '../../domain/ids.ts';
import {
  type Exit,
  type Outcome,
  type ProcessIdentity,
  type Run,
  type RunProcess,
  runStatus,
} from '../../domain/run.ts';
import { lanes, type Metadata, type Task, workspaceKinds } from '../../domain/task.ts';
import type { LiveRun } from '../../domain/view.ts';
import {
  brandedText,
  integer,
  integerAs,
  jsonObject,
  nullable,
  oneOf,
  rowOf,
  single,
  text,
  toJson,
} from '../columns.ts';
import { command, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

export const runRow = rowOf<Run>('task_runs', {
  id: integerAs(asRunId),
  task_id: brandedText(asTaskId),
  profile: nullable(brandedText(asProfileName)),
  step_key: nullable(text),
  status: text,
  claim_lock: nullable(text),
  claim_expires: nullable(integerAs(asSeconds)),
  worker_pid: nullable(integer),
  max_runtime_seconds: nullable(integer),
  last_heartbeat_at: nullable(integerAs(asSeconds)),
  started_at: integerAs(asSeconds),
  ended_at: nullable(integerAs(asSeconds)),
  outcome: nullable(text),
  summary: nullable(text),
  metadata: nullable(jsonObject),
  error: nullable(text),
});

export const processRow = rowOf<RunProcess>('andon_runs', {
  run_id: integerAs(asRunId),
  task_id: brandedText(asTaskId),
  lane: oneOf(lanes),
  epoch: integerAs(asEpoch),
  host: text,
  dir: text,
  mark: text,
  pid: nullable(integer),
  pid_start: nullable(text),
  boot: nullable(text),
  ready_at: integerAs(asMillis),
  slot_at: integerAs(asMillis),
  claimed_at: integerAs(asMillis),
  started_at: nullable(integerAs(asMillis)),
  ended_at: nullable(integerAs(asMillis)),
  gone_at: nullable(integerAs(asMillis)),
  stop_at: nullable(integerAs(asMillis)),
  stop_reason: nullable(text),
  stop_assignee: nullable(text),
  exit_code: nullable(integer),
  exit_signal: nullable(integer),
});

const idRow = single(integerAs(asRunId));

export const findRun = (reader: Reader, id: RunId): Promise<Run | undefined> =>
  reader.one(sql(runRow)`select * from task_runs where id = ${id}`);

export const findProcess = (reader: Reader, id: RunId): Promise<RunProcess | undefined> =>
  reader.one(sql(processRow)`select * from andon_runs where run_id = ${id}`);

/** The process of the task that is not proved dead, whichever run it belongs to. */
export const liveProcessOf = (reader: Reader, id: TaskId): Promise<RunProcess | undefined> =>
  reader.one(sql(processRow)`
    select * from andon_runs where task_id = ${id} and gone_at is null order by run_id desc limit 1`);

export const runsOf = (reader: Reader, id: TaskId): Promise<Run[]> =>
  reader.all(sql(runRow)`select * from task_runs where task_id = ${id} order by started_at, id`);

export const processesOf = (reader: Reader, id: TaskId): Promise<RunProcess[]> =>
  reader.all(sql(processRow)`select * from andon_runs where task_id = ${id} order by run_id`);

export const allRuns = (reader: Reader): Promise<Run[]> =>
  reader.all(sql(runRow)`select * from task_runs order by started_at, id`);

export const allProcesses = (reader: Reader): Promise<RunProcess[]> =>
  reader.all(sql(processRow)`select * from andon_runs order by run_id`);

const besideRow = rowOf<Omit<LiveRun, keyof RunProcess>>('task_runs', {
  profile: nullable(brandedText(asProfileName)),
  tenant: nullable(text),
  workspace_kind: nullable(oneOf(workspaceKinds)),
  workspace_path: nullable(text),
  max_runtime_seconds: nullable(integer),
  last_heartbeat_at: nullable(integerAs(asSeconds)),
});

/** Runs whose process tree is not proved dead: each takes a slot. */
export const liveRuns = (reader: Reader): Promise<LiveRun[]> =>
  reader.all(sql((raw): LiveRun => ({ ...processRow(raw), ...besideRow(raw) }))`
    select a.*, r.profile, r.max_runtime_seconds, r.last_heartbeat_at, t.tenant, t.workspace_kind, t.workspace_path
    from andon_runs a left join task_runs r on r.id = a.run_id left join tasks t on t.id = a.task_id
    where a.gone_at is null order by a.run_id`);

/** When the board last started a run. */
export async function lastStart(reader: Reader): Promise<Millis | null> {
  const at = await reader.one(sql(single(integerAs(asMillis)))`
    select claimed_at as value from andon_runs order by run_id desc limit 1`);
  return at ?? null;
}

/** The newest run of a task that has ended. */
export const lastEndedRun = (reader: Reader, id: TaskId): Promise<Run | undefined> =>
  reader.one(sql(runRow)`
    select * from task_runs where task_id = ${id} and ended_at is not null order by id desc limit 1`);

export async function insertRun(
  tx: Tx,
  task: Task,
  run: {
    readonly claim_lock: string;
    readonly claim_expires: Seconds;
    readonly started_at: Seconds;
    readonly max_runtime_seconds: number | null;
  },
): Promise<RunId> {
  const id = await tx.one(sql(idRow)`
    insert into task_runs (task_id, profile, step_key, status, claim_lock, claim_expires, max_runtime_seconds, started_at)
    values (${task.id}, ${task.assignee}, ${task.current_step_key}, 'running', ${run.claim_lock},
      ${run.claim_expires}, ${run.max_runtime_seconds}, ${run.started_at})
    returning id as value`);
  if (id === undefined) throw new Error(`The database gave no id for a new run of ${task.id}.`);
  return id;
}

export interface RunEnd {
  readonly outcome: Outcome;
  readonly summary: string | null;
  readonly error: string | null;
  readonly metadata: Metadata | null;
}

/** Closes a run if it is open (contract §3.3); gives whether it was. */
export async function closeRun(tx: Tx, id: RunId, end: RunEnd, at: Seconds): Promise<boolean> {
  const changed = await tx.run(command`
    update task_runs set status = ${runStatus(end.outcome)}, outcome = ${end.outcome}, summary = ${end.summary},
      error = ${end.error}, metadata = ${toJson(end.metadata)}, ended_at = ${at},
      claim_lock = null, claim_expires = null, worker_pid = null
    where id = ${id} and ended_at is null`);
  return changed === 1;
}

/** Ends runs that a foreign writer left open on a task which nobody holds (contract §4.2, `claim`). */
export async function closeLeakedRuns(tx: Tx, task: TaskId, at: Seconds): Promise<void> {
  await tx.run(command`
    update task_runs set status = 'reclaimed', outcome = 'reclaimed', error = 'Left open; a later claim closed it.',
      ended_at = ${at}, claim_lock = null, claim_expires = null, worker_pid = null
    where task_id = ${task} and ended_at is null`);
}

/** A run that is born closed: the record of an end without an attempt (contract §3.4). */
export async function insertClosedRun(tx: Tx, task: Task, end: RunEnd, at: Seconds): Promise<RunId> {
  const id = await tx.one(sql(idRow)`
    insert into task_runs (task_id, profile, step_key, status, outcome, summary, error, metadata, started_at, ended_at)
    values (${task.id}, ${task.assignee}, ${task.current_step_key}, ${runStatus(end.outcome)}, ${end.outcome},
      ${end.summary}, ${end.error}, ${toJson(end.metadata)}, ${at}, ${at})
    returning id as value`);
  if (id === undefined) throw new Error(`The database gave no id for a closed run of ${task.id}.`);
  return id;
}

/** Moves the expiry and, when told, the heartbeat of an open run. */
export async function extendRun(
  tx: Tx,
  id: RunId,
  expires: Seconds,
  heartbeat: Seconds | null,
): Promise<void> {
  await tx.run(command`
    update task_runs set claim_expires = ${expires}, last_heartbeat_at = coalesce(${heartbeat}, last_heartbeat_at)
    where id = ${id} and ended_at is null`);
}

export async function insertProcess(
  tx: Tx,
  process: Pick<
    RunProcess,
    'run_id' | 'task_id' | 'lane' | 'epoch' | 'host' | 'dir' | 'mark' | 'ready_at' | 'slot_at' | 'claimed_at'
  >,
): Promise<void> {
  await tx.run(command`
    insert into andon_runs (run_id, task_id, lane, epoch, host, dir, mark, ready_at, slot_at, claimed_at)
    values (${process.run_id}, ${process.task_id}, ${process.lane}, ${process.epoch}, ${process.host}, ${process.dir},
      ${process.mark}, ${process.ready_at}, ${process.slot_at}, ${process.claimed_at})`);
}

export async function recordIdentity(
  tx: Tx,
  id: RunId,
  identity: ProcessIdentity,
  started: Millis,
): Promise<void> {
  await tx.run(command`
    update andon_runs set pid = ${identity.pid}, pid_start = ${identity.start}, boot = ${identity.boot},
      started_at = ${started} where run_id = ${id}`);
  await tx.run(
    command`update task_runs set worker_pid = ${identity.pid} where id = ${id} and ended_at is null`,
  );
}

/** The run has its answer; its process is still given time to end. */
export async function markEnded(tx: Tx, id: RunId, at: Millis): Promise<void> {
  await tx.run(command`update andon_runs set ended_at = ${at} where run_id = ${id} and ended_at is null`);
}

/** The run's process tree is proved dead; gives false when that was known. */
export async function markGone(tx: Tx, id: RunId, exit: Exit, at: Millis): Promise<boolean> {
  const changed = await tx.run(command`
    update andon_runs set gone_at = ${at}, ended_at = coalesce(ended_at, ${at}), exit_code = ${exit.code},
      exit_signal = ${exit.signal} where run_id = ${id} and gone_at is null`);
  return changed === 1;
}

/** Somebody wants the process of a run ended; asked again, the newer words hold. */
export async function requestStop(
  tx: Tx,
  id: RunId,
  stop: { readonly at: Millis; readonly reason: string | null; readonly assignee: string | null },
): Promise<void> {
  await tx.run(command`
    update andon_runs set stop_at = coalesce(stop_at, ${stop.at}), stop_reason = ${stop.reason},
      stop_assignee = ${stop.assignee} where run_id = ${id} and gone_at is null`);
}

/** Other words for a run that has ended; metadata only when there is some (contract §4.9). */
export async function rewriteRun(
  tx: Tx,
  id: RunId,
  end: Pick<RunEnd, 'summary' | 'metadata'>,
): Promise<void> {
  await tx.run(command`
    update task_runs set summary = ${end.summary}, metadata = coalesce(${toJson(end.metadata)}, metadata)
    where id = ${id}`);
}

/** What a role's leader is known as on this board; 0 before the first. */
export async function fenceOf(reader: Reader, role: string): Promise<Epoch> {
  const epoch = await reader.one(
    sql(single(integerAs(asEpoch)))`select epoch as value from andon_fence where role = ${role}`,
  );
  return epoch ?? asEpoch(0);
}

export async function writeFence(tx: Tx, role: string, epoch: Epoch): Promise<void> {
  await tx.run(command`
    insert into andon_fence (role, epoch) values (${role}, ${epoch})
    on conflict (role) do update set epoch = excluded.epoch`);
}

export const lastCompletedRun = (reader: Reader, id: TaskId): Promise<Run | undefined> =>
  reader.one(sql(runRow)`
    select * from task_runs where task_id = ${id} and outcome = 'completed' order by ended_at desc, id desc limit 1`);

const recentRow = rowOf<{ task_id: TaskId; title: string; summary: string }>('task_runs', {
  task_id: brandedText(asTaskId),
  title: text,
  summary: text,
});

/** The newest completed runs of a profile on other tasks that have a summary. */
export const recentWork = (
  reader: Reader,
  profile: ProfileName,
  except: TaskId,
  limit: number,
): Promise<{ task_id: TaskId; title: string; summary: string }[]> =>
  reader.all(sql(recentRow)`
    select r.task_id, t.title, r.summary from task_runs r join tasks t on t.id = r.task_id
    where r.profile = ${profile} and r.outcome = 'completed' and r.task_id <> ${except} and r.summary is not null
    order by r.id desc limit ${limit}`);
