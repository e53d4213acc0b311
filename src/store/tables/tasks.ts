import {
  asProfileName,
  asRunId,
  asSeconds,
  asTaskId,
  type ProfileName,
  type Seconds,
  type TaskId,
} from '../../domain/ids.ts';
import { type Status, statuses, type Task, workspaceKinds } from '../../domain/task.ts';
import type { ListFilter, SortKey } from '../../domain/view.ts';
import {
  brandedText,
  flag,
  integer,
  integerAs,
  jsonStrings,
  nullable,
  oneOf,
  oneOfOr,
  rowOf,
  single,
  text,
  toJson,
  withDefault,
} from '../columns.ts';
import { command, type Decoder, every, type Fragment, fragment, list, sql, upTo } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

/**
 * Another program may use a status that is none of ours (contract §2.5). Such a task must not make its board unreadable: it
 * stands under `todo`, as on that program's own page, and `decide` leaves it alone.
 */
export const anyStatus = oneOfOr(statuses, 'todo');

const knownColumns = rowOf<Omit<Task, 'foreign_status'>>('tasks', {
  id: brandedText(asTaskId),
  title: text,
  body: nullable(text),
  assignee: nullable(brandedText(asProfileName)),
  status: anyStatus,
  priority: withDefault(integer, 0),
  created_by: nullable(text),
  created_at: integerAs(asSeconds),
  started_at: nullable(integerAs(asSeconds)),
  completed_at: nullable(integerAs(asSeconds)),
  workspace_kind: oneOf(workspaceKinds),
  workspace_path: nullable(text),
  branch_name: nullable(text),
  claim_lock: nullable(text),
  claim_expires: nullable(integerAs(asSeconds)),
  tenant: nullable(text),
  result: nullable(text),
  idempotency_key: nullable(text),
  consecutive_failures: withDefault(integer, 0),
  worker_pid: nullable(integer),
  last_failure_error: nullable(text),
  max_runtime_seconds: nullable(integer),
  last_heartbeat_at: nullable(integerAs(asSeconds)),
  current_run_id: nullable(integerAs(asRunId)),
  workflow_template_id: nullable(text),
  current_step_key: nullable(text),
  skills: nullable(jsonStrings),
  model_override: nullable(text),
  max_retries: nullable(integer),
  goal_mode: flag,
  goal_max_turns: nullable(integer),
  session_id: nullable(text),
  block_kind: nullable(text),
  block_recurrences: withDefault(integer, 0),
});

/** Reads rows by `decode`, and keeps what a row says instead when its status is none of ours. */
export const withForeignStatus =
  <Row extends { readonly status: Status }>(
    decode: Decoder<Row>,
  ): Decoder<Row & { readonly foreign_status?: string }> =>
  (columns) => {
    const read = decode(columns);
    const at = columns.lastIndexOf('status');
    return (raw) => {
      const row = read(raw);
      return raw[at] === row.status ? row : { ...row, foreign_status: String(raw[at]) };
    };
  };

export const taskRow: Decoder<Task> = withForeignStatus(knownColumns);

export const findTask = (reader: Reader, id: TaskId): Promise<Task | undefined> =>
  reader.one(sql(taskRow)`select * from tasks where id = ${id}`);

/** The newest task with this key that is not archived (contract §4.1). */
export const findByIdempotencyKey = (reader: Reader, key: string): Promise<Task | undefined> =>
  reader.one(
    sql(
      taskRow,
    )`select * from tasks where idempotency_key = ${key} and status <> 'archived' order by created_at desc, id desc limit 1`,
  );

const idRow = single(brandedText(asTaskId));

/** Those of `ids` that name a task. */
export async function existingIds(reader: Reader, ids: readonly TaskId[]): Promise<ReadonlySet<TaskId>> {
  if (ids.length === 0) return new Set();
  return new Set(await reader.all(sql(idRow)`select id as value from tasks where id in (${list(ids)})`));
}

export interface NewParent {
  readonly id: TaskId;
  /** Neither done nor archived, so that its children wait for it. */
  readonly is_open: boolean;
  readonly assignee: ProfileName | null;
}

const newParentRow = rowOf<NewParent>('tasks', {
  id: brandedText(asTaskId),
  is_open: flag,
  assignee: nullable(brandedText(asProfileName)),
});

/** Those of `ids` that name a task, in their order, as a child that is about to be linked to them sees them. */
export const newParents = async (reader: Reader, ids: readonly TaskId[]): Promise<NewParent[]> =>
  ids.length === 0
    ? []
    : reader.all(sql(newParentRow)`
        select id, case when status in ('done', 'archived') then 0 else 1 end as is_open, assignee
        from tasks where id in (${list(ids)}) order by id`);

/** What no task has when it is made. */
const untouched = {
  started_at: null,
  completed_at: null,
  claim_lock: null,
  claim_expires: null,
  result: null,
  consecutive_failures: 0,
  worker_pid: null,
  last_failure_error: null,
  last_heartbeat_at: null,
  current_run_id: null,
  workflow_template_id: null,
  current_step_key: null,
  model_override: null,
  block_kind: null,
  block_recurrences: 0,
} as const satisfies Partial<Task>;

export type NewTask = Omit<Task, keyof typeof untouched>;

/** Writes a new task and gives its row as it can be read from now on. */
export function insertTask(tx: Tx, task: NewTask): Task {
  tx.run(command`
    insert into tasks (id, title, body, assignee, status, priority, created_by, created_at, workspace_kind,
      workspace_path, branch_name, tenant, idempotency_key, max_runtime_seconds, skills, max_retries, goal_mode,
      goal_max_turns, session_id, consecutive_failures)
    values (${task.id}, ${task.title}, ${task.body}, ${task.assignee}, ${task.status}, ${task.priority},
      ${task.created_by}, ${task.created_at}, ${task.workspace_kind}, ${task.workspace_path}, ${task.branch_name},
      ${task.tenant}, ${task.idempotency_key}, ${task.max_runtime_seconds}, ${toJson(task.skills)},
      ${task.max_retries}, ${task.goal_mode ? 1 : 0}, ${task.goal_max_turns}, ${task.session_id}, 0)`);
  return { ...untouched, ...task };
}

/**
 * Writes the columns that commands change. The transaction fails when the task has not the status and run any more that it
 * was read with. One text for all changes, so that it is prepared once.
 */
export const updateTask = (tx: Tx, before: Task, after: Task): void =>
  tx.mustChange(command`
    update tasks set status = ${after.status}, assignee = ${after.assignee}, started_at = ${after.started_at},
      completed_at = ${after.completed_at}, claim_lock = ${after.claim_lock}, claim_expires = ${after.claim_expires},
      result = ${after.result}, consecutive_failures = ${after.consecutive_failures},
      worker_pid = ${after.worker_pid}, last_failure_error = ${after.last_failure_error},
      last_heartbeat_at = ${after.last_heartbeat_at}, current_run_id = ${after.current_run_id},
      workspace_path = ${after.workspace_path}, title = ${after.title}, body = ${after.body},
      priority = ${after.priority}, block_kind = ${after.block_kind}, block_recurrences = ${after.block_recurrences}
    where id = ${before.id} and status = ${before.status}
      and current_run_id is not distinct from ${before.current_run_id}`);

const orders: Readonly<Record<SortKey, Fragment>> = {
  created: fragment`created_at, id`,
  'created-desc': fragment`created_at desc, id desc`,
  priority: fragment`priority desc, created_at, id`,
  'priority-desc': fragment`priority, created_at, id`,
  status: fragment`status, priority desc, created_at, id`,
  assignee: fragment`assignee nulls first, priority desc, created_at, id`,
  title: fragment`title, id`,
  updated: fragment`started_at desc nulls last, created_at desc, id desc`,
};

export async function selectTasks(reader: Reader, filter: ListFilter): Promise<Task[]> {
  const conditions: Fragment[] = [];
  if (filter.status !== undefined) conditions.push(fragment`status = ${filter.status}`);
  else if (filter.include_archived !== true) conditions.push(fragment`status <> 'archived'`);
  if (filter.assignee !== undefined) conditions.push(fragment`assignee = ${filter.assignee}`);
  if (filter.tenant !== undefined) conditions.push(fragment`tenant = ${filter.tenant}`);
  if (filter.session_id !== undefined) conditions.push(fragment`session_id = ${filter.session_id}`);
  if (filter.workflow_template_id !== undefined)
    conditions.push(fragment`workflow_template_id = ${filter.workflow_template_id}`);
  if (filter.current_step_key !== undefined)
    conditions.push(fragment`current_step_key = ${filter.current_step_key}`);
  const limit = filter.limit === undefined ? fragment`` : fragment` ${upTo(filter.limit)}`;
  if (filter.after !== undefined) conditions.push(fragment`id > ${filter.after}`);
  const order = filter.after === undefined ? orders[filter.sort ?? 'priority'] : fragment`id`;
  return reader.all(sql(taskRow)`select * from tasks where ${every(conditions)} order by ${order}${limit}`);
}

/** The turns of an agent in a session that one of these has begun and that are not over, the oldest first. */
export const openTurns = (reader: Reader, session: string, by: string): Promise<Task[]> =>
  reader.all(sql(taskRow)`
    select * from tasks where session_id = ${session} and created_by = ${by}
      and status not in ('done', 'archived', 'blocked') order by created_at, id`);

/** A goal that is worked on, or about to be, by a profile or in a session. */
export function findGoal(
  reader: Reader,
  {
    assignee,
    session_id,
  }: { readonly assignee?: string | undefined; readonly session_id?: string | undefined },
): Promise<TaskId | undefined> {
  const conditions: Fragment[] = [fragment`goal_mode = 1 and status in ('ready', 'running')`];
  if (assignee !== undefined) conditions.push(fragment`assignee = ${assignee}`);
  if (session_id !== undefined) conditions.push(fragment`session_id = ${session_id}`);
  return reader.one(sql(single(brandedText(asTaskId)))`
    select id as value from tasks where ${every(conditions)} order by created_at, id limit 1`);
}

const countRow = rowOf<{ status: Status; amount: number }>('tasks', {
  status: anyStatus,
  amount: integer,
});

/** A status may come more than once: those that nobody knows count as `todo` too. */
export const countByStatus = (reader: Reader): Promise<{ status: Status; amount: number }[]> =>
  reader.all(sql(countRow)`select status, count(*) as amount from tasks group by status order by status`);

/** Running tasks whose claim is over. */
export const expiredClaims = (reader: Reader, now: Seconds): Promise<Task[]> =>
  reader.all(
    sql(taskRow)`select * from tasks where status = 'running' and claim_expires < ${now} order by id`,
  );

export const moveExpiry = (tx: Tx, task: Task, expires: Seconds): void =>
  tx.run(
    command`update tasks set claim_expires = ${expires} where id = ${task.id} and current_run_id = ${task.current_run_id}`,
  );

export const noteWorker = (tx: Tx, task: Task, pid: number): void =>
  tx.run(
    command`update tasks set worker_pid = ${pid} where id = ${task.id} and current_run_id = ${task.current_run_id}`,
  );

/** When the next claim of a running task runs out. */
export async function nextExpiry(reader: Reader): Promise<Seconds | null> {
  const at = await reader.one(
    sql(
      single(nullable(integerAs(asSeconds))),
    )`select min(claim_expires) as value from tasks where status = 'running'`,
  );
  return at ?? null;
}
