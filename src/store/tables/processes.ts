import type { Crash } from '../../domain/fault.ts';
import {
  asEpoch,
  asMillis,
  asProfileName,
  asRunId,
  asSeconds,
  asTaskId,
  type Millis,
  type ProfileName,
  type RunId,
  type TaskId,
} from '../../domain/ids.ts';
import type { Exit, ProcessIdentity, RunProcess } from '../../domain/run.ts';
import { lanes, workspaceKinds } from '../../domain/task.ts';
import type { LiveRun } from '../../domain/view.ts';
import { brandedText, integer, integerAs, nullable, oneOf, paired, rowOf, single, text } from '../columns.ts';
import { command, list, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

/** Our own side of runs: what is known of their processes. */

export const processRow = rowOf<RunProcess>('andon_runs', {
  run_id: integerAs(asRunId),
  task_id: brandedText(asTaskId),
  lane: oneOf(lanes),
  epoch: integerAs(asEpoch),
  host: text,
  dir: text,
  mark: text,
  token_hash: nullable(text),
  pid: nullable(integer),
  pid_start: nullable(text),
  boot: nullable(text),
  ready_at: integerAs(asMillis),
  slot_at: integerAs(asMillis),
  claimed_at: integerAs(asMillis),
  started_at: nullable(integerAs(asMillis)),
  ended_at: nullable(integerAs(asMillis)),
  gone_at: nullable(integerAs(asMillis)),
  abandoned_at: nullable(integerAs(asMillis)),
  stop_at: nullable(integerAs(asMillis)),
  stop_reason: nullable(text),
  stop_assignee: nullable(text),
  stop_parked_by: nullable(text),
  exit_code: nullable(integer),
  exit_signal: nullable(integer),
  told_at: nullable(integerAs(asMillis)),
  driver: nullable(text),
  driver_version: nullable(text),
  session: nullable(text),
});

const crashRow = rowOf<Crash>('task_runs', { task_id: brandedText(asTaskId), error: nullable(text) });

export const findProcess = (reader: Reader, id: RunId): Promise<RunProcess | undefined> =>
  reader.one(sql(processRow)`select * from andon_runs where run_id = ${id}`);

/** The process of the task that is not proved dead or given up, whichever run it belongs to. */
export const liveProcessOf = (reader: Reader, id: TaskId): Promise<RunProcess | undefined> =>
  reader.one(sql(processRow)`
    select * from andon_runs where task_id = ${id} and gone_at is null and abandoned_at is null
    order by run_id desc limit 1`);

export const processesOf = (reader: Reader, id: TaskId): Promise<RunProcess[]> =>
  reader.all(sql(processRow)`select * from andon_runs where task_id = ${id} order by run_id`);

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

const liveRow = paired(processRow, besideRow, (process, beside): LiveRun => ({ ...process, ...beside }));

export interface RunsNotGone {
  /** Runs whose process tree is not proved dead: each takes a slot. */
  readonly live: readonly LiveRun[];
  /** Runs of machines that were given up; their processes may still live there. */
  readonly abandoned: readonly LiveRun[];
}

/** Oldest first; sorted here, as in a statement the order would make SQLite walk every run there ever was. */
export async function runsNotGone(reader: Reader): Promise<RunsNotGone> {
  const runs = await reader.all(sql(liveRow)`
    select a.*, r.profile, r.max_runtime_seconds, r.last_heartbeat_at, t.tenant, t.workspace_kind, t.workspace_path
    from andon_runs a left join task_runs r on r.id = a.run_id left join tasks t on t.id = a.task_id
    where a.gone_at is null`);
  runs.sort((one, other) => one.run_id - other.run_id);
  return {
    live: runs.filter(({ abandoned_at }) => abandoned_at === null),
    abandoned: runs.filter(({ abandoned_at }) => abandoned_at !== null),
  };
}

export const liveRuns = async (reader: Reader): Promise<readonly LiveRun[]> =>
  (await runsNotGone(reader)).live;

/** When the board last started a run. */
export async function lastStart(reader: Reader): Promise<Millis | null> {
  const at = await reader.one(sql(single(integerAs(asMillis)))`
    select claimed_at as value from andon_runs order by run_id desc limit 1`);
  return at ?? null;
}

export function insertProcess(
  tx: Tx,
  process: Pick<
    RunProcess,
    | 'run_id'
    | 'task_id'
    | 'lane'
    | 'epoch'
    | 'host'
    | 'dir'
    | 'mark'
    | 'token_hash'
    | 'ready_at'
    | 'slot_at'
    | 'claimed_at'
  >,
): void {
  tx.run(command`
    insert into andon_runs (run_id, task_id, lane, epoch, host, dir, mark, token_hash, ready_at, slot_at, claimed_at)
    values (${process.run_id}, ${process.task_id}, ${process.lane}, ${process.epoch}, ${process.host}, ${process.dir},
      ${process.mark}, ${process.token_hash}, ${process.ready_at}, ${process.slot_at}, ${process.claimed_at})`);
}

export function recordIdentity(tx: Tx, id: RunId, identity: ProcessIdentity, started: Millis): void {
  tx.run(command`
    update andon_runs set pid = ${identity.pid}, pid_start = ${identity.start}, boot = ${identity.boot},
      started_at = ${started} where run_id = ${id}`);
  tx.run(command`update task_runs set worker_pid = ${identity.pid} where id = ${id} and ended_at is null`);
}

/** The run has its answer; its process is still given time to end. */
export function markEnded(tx: Tx, id: RunId, at: Millis): void {
  tx.run(command`update andon_runs set ended_at = ${at} where run_id = ${id} and ended_at is null`);
}

/** The run's process tree is proved dead; the first proof stands. */
export function markGone(tx: Tx, id: RunId, exit: Exit, at: Millis): void {
  tx.run(command`
    update andon_runs set gone_at = ${at}, ended_at = coalesce(ended_at, ${at}), exit_code = ${exit.code},
      exit_signal = ${exit.signal} where run_id = ${id} and gone_at is null`);
}

/** Nobody can tell what became of the process, unless it was known to be dead, or given up before. */
export function markAbandoned(tx: Tx, id: RunId, at: Millis): void {
  tx.run(command`
    update andon_runs set abandoned_at = ${at}, ended_at = coalesce(ended_at, ${at})
    where run_id = ${id} and gone_at is null and abandoned_at is null`);
}

/** Whoever waited for the end of a run was told of it; gives whether nobody was before. */
export async function markTold(tx: Tx, id: RunId): Promise<boolean> {
  const changed = await tx.change(command`
    update andon_runs set told_at = ${tx.now} where run_id = ${id} and gone_at is not null and told_at is null`);
  return changed === 1;
}

export const processesAmong = (reader: Reader, ids: readonly RunId[]): Promise<RunProcess[]> =>
  reader.all(sql(processRow)`select * from andon_runs where run_id in (${list(ids)}) order by run_id`);

/** Somebody wants the process of a run ended; asked again, the newer words hold. */
export function requestStop(
  tx: Tx,
  id: RunId,
  stop: {
    readonly at: Millis;
    readonly reason: string | null;
    readonly assignee: string | null;
    readonly parked_by: string | null;
  },
): void {
  tx.run(command`
    update andon_runs set stop_at = coalesce(stop_at, ${stop.at}), stop_reason = ${stop.reason},
      stop_assignee = ${stop.assignee}, stop_parked_by = ${stop.parked_by} where run_id = ${id} and gone_at is null`);
}

/** Crashes of a profile whose processes were proved dead since then. */
export const crashesSince = (reader: Reader, profile: ProfileName, since: Millis): Promise<Crash[]> =>
  reader.all(sql(crashRow)`
    select r.task_id, r.error from andon_runs a join task_runs r on r.id = a.run_id
    where a.gone_at >= ${since} and r.profile = ${profile} and r.status = 'crashed' order by r.id`);
