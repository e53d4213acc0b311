import {
  asProfileName,
  asRunId,
  asSeconds,
  asTaskId,
  type RunId,
  type Seconds,
  type TaskId,
} from '../../domain/ids.ts';
import type { RunPage } from '../../domain/page.ts';
import { type Outcome, type Run, runStatus } from '../../domain/run.ts';
import type { Metadata, Task } from '../../domain/task.ts';
import {
  brandedText,
  integer,
  integerAs,
  jsonObject,
  nullable,
  rowOf,
  single,
  text,
  toJson,
} from '../columns.ts';
import { command, every, fragment, sql, upTo } from '../sql.ts';
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

const idRow = single(integerAs(asRunId));
export const findRun = (reader: Reader, id: RunId): Promise<Run | undefined> =>
  reader.one(sql(runRow)`select * from task_runs where id = ${id}`);

export const runsOf = (reader: Reader, id: TaskId): Promise<Run[]> =>
  reader.all(sql(runRow)`select * from task_runs where task_id = ${id} order by started_at, id`);

export const allRuns = (reader: Reader): Promise<Run[]> =>
  reader.all(sql(runRow)`select * from task_runs order by started_at, id`);

/** The newest first. A task's ids rise with its starts, so one index serves page and order. */
export function runsBefore(reader: Reader, { task_id, open, before, limit }: RunPage): Promise<Run[]> {
  const conditions = [
    ...(task_id === undefined ? [] : [fragment`task_id = ${task_id}`]),
    ...(open === true ? [fragment`ended_at is null`] : []),
    ...(before === undefined ? [] : [fragment`id < ${before}`]),
  ];
  const order = task_id === undefined ? fragment`id desc` : fragment`started_at desc, id desc`;
  return reader.all(
    sql(runRow)`select * from task_runs where ${every(conditions)} order by ${order} ${upTo(limit)}`,
  );
}

/** The newest run of a task that has ended. */
export const lastEndedRun = (reader: Reader, id: TaskId): Promise<Run | undefined> =>
  reader.one(sql(runRow)`
    select * from task_runs where task_id = ${id} and ended_at is not null order by id desc limit 1`);

/** A run that begins, under a number of `Tx.newRunIds`. */
export function insertRun(
  tx: Tx,
  task: Task,
  run: {
    readonly id: RunId;
    readonly claim_lock: string;
    readonly claim_expires: Seconds;
    readonly started_at: Seconds;
    readonly max_runtime_seconds: number | null;
  },
): void {
  tx.run(command`
    insert into task_runs (id, task_id, profile, step_key, status, claim_lock, claim_expires, max_runtime_seconds, started_at)
    values (${run.id}, ${task.id}, ${task.assignee}, ${task.current_step_key}, 'running', ${run.claim_lock},
      ${run.claim_expires}, ${run.max_runtime_seconds}, ${run.started_at})`);
}

export interface RunEnd {
  readonly outcome: Outcome;
  readonly summary: string | null;
  readonly error: string | null;
  readonly metadata: Metadata | null;
}

/** Closes a run if it is open (contract §3.3). */
export function closeRun(tx: Tx, id: RunId, end: RunEnd, at: Seconds): void {
  tx.run(command`
    update task_runs set status = ${runStatus(end.outcome)}, outcome = ${end.outcome}, summary = ${end.summary},
      error = ${end.error}, metadata = ${toJson(end.metadata)}, ended_at = ${at},
      claim_lock = null, claim_expires = null, worker_pid = null
    where id = ${id} and ended_at is null`);
}

/** Ends runs that a foreign writer left open on a task which nobody holds (contract §4.2, `claim`). */
export function closeLeakedRuns(tx: Tx, task: TaskId, at: Seconds): void {
  tx.run(command`
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
export function extendRun(tx: Tx, id: RunId, expires: Seconds, heartbeat: Seconds | null): void {
  tx.run(command`
    update task_runs set claim_expires = ${expires}, last_heartbeat_at = coalesce(${heartbeat}, last_heartbeat_at)
    where id = ${id} and ended_at is null`);
}

/** Other words for a run that has ended; metadata only when there is some (contract §4.9). */
export function rewriteRun(tx: Tx, id: RunId, end: Pick<RunEnd, 'summary' | 'metadata'>): void {
  tx.run(command`
    update task_runs set summary = ${end.summary}, metadata = coalesce(${toJson(end.metadata)}, metadata)
    where id = ${id}`);
}

export const lastCompletedRun = (reader: Reader, id: TaskId): Promise<Run | undefined> =>
  reader.one(sql(runRow)`
    select * from task_runs where task_id = ${id} and outcome = 'completed' order by ended_at desc, id desc limit 1`);

/** The newest completed run of each parent of a task, by the parent. */
export async function handOvers(reader: Reader, child: TaskId): Promise<ReadonlyMap<TaskId, Run>> {
  const runs = await reader.all(sql(runRow)`
    select r.* from task_links l join task_runs r on r.id = (
      select id from task_runs where task_id = l.parent_id and outcome = 'completed' order by ended_at desc, id desc limit 1)
    where l.child_id = ${child}`);
  return new Map(runs.map((run) => [run.task_id, run]));
}

const recentRow = rowOf<{ task_id: TaskId; title: string; summary: string }>('task_runs', {
  task_id: brandedText(asTaskId),
  title: text,
  summary: text,
});

/** What the assignee of a task has done last on others: completed runs that have a summary, the newest first. */
export const recentWork = (
  reader: Reader,
  task: TaskId,
  limit: number,
): Promise<{ task_id: TaskId; title: string; summary: string }[]> =>
  reader.all(sql(recentRow)`
    select r.task_id, t.title, r.summary from task_runs r join tasks t on t.id = r.task_id
    where r.profile = (select assignee from tasks where id = ${task}) and r.outcome = 'completed'
      and r.task_id <> ${task} and r.summary is not null
    order by r.id desc ${upTo(limit)}`);
