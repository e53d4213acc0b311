import { asProfileName, asRunId, type ProfileName, type TaskId, toMillis } from '../../domain/ids.ts';
import type { RunProcess } from '../../domain/run.ts';
import type { Task } from '../../domain/task.ts';
import { brandedText, flag, integerAs, nullable, rowOf, text } from '../columns.ts';
import { bind, type Decoder, type Fragment, fragment, list, sql } from '../sql.ts';
import type { Reader } from '../store.ts';
import { newSide, sideRow, type TaskSide } from './sides.ts';
import { taskRow } from './tasks.ts';

/**
 * A task with what a move asks of it beside its row, in one statement: on PostgreSQL each question is a journey. Where more
 * has to be read, which is seldom, it says that there is something to read.
 */
export interface Movable {
  readonly task: Task;
  readonly side: TaskSide;
  /** The process that is not proved dead or given up, whichever run it belongs to. */
  readonly process: Pick<RunProcess, 'run_id' | 'host' | 'token_hash'> | undefined;
  /** The profile of the first assigned parent, when the task has none itself. */
  readonly parent_assignee: ProfileName | null;
  /** Parents that are neither done nor archived, waived or not. */
  readonly has_open_parents: boolean;
  readonly has_children: boolean;
  /** One that is not closed, whatever the task's row says. */
  readonly has_open_run: boolean;
  /** Of a profile or of a host, anywhere on the board. */
  readonly has_rests: boolean;
}

const processRow = rowOf<NonNullable<Movable['process']>>('andon_runs', {
  run_id: integerAs(asRunId),
  host: text,
  token_hash: nullable(text),
});

const besideRow = rowOf<Omit<Movable, 'task' | 'side' | 'process'>>('tasks', {
  parent_assignee: nullable(brandedText(asProfileName)),
  has_open_parents: flag,
  has_children: flag,
  has_open_run: flag,
  has_rests: flag,
});

const movableRow: Decoder<Movable> = (columns) => {
  const [ready, run] = [columns.indexOf('ready_at'), columns.indexOf('run_id')];
  const [taskOf, sideOf, processOf, besideOf] = [
    taskRow(columns),
    sideRow(columns),
    processRow(columns),
    besideRow(columns),
  ];
  return (raw) => {
    const task = taskOf(raw);
    return {
      ...besideOf(raw),
      task,
      side: raw[ready] === null ? newSide(toMillis(task.created_at)) : sideOf(raw),
      process: raw[run] === null ? undefined : processOf(raw),
    };
  };
};

const openParent = fragment`
  select 1 from task_links l join tasks o on o.id = l.parent_id
  where l.child_id = t.id and o.status not in ('done', 'archived')`;

const movable = (from: Fragment, where: Fragment) => sql(movableRow)`
  select t.*, s.ready_at, s.lane, s.scheduled_at, s.implementer, s.waived, s.base_commit,
    p.run_id, p.host, p.token_hash,
    case when t.assignee is null then (
      select o.assignee from task_links l join tasks o on o.id = l.parent_id
      where l.child_id = t.id and o.assignee is not null order by o.id limit 1) end as parent_assignee,
    case when exists (${openParent}) then 1 else 0 end as has_open_parents,
    case when exists (select 1 from task_links l where l.parent_id = t.id) then 1 else 0 end as has_children,
    case when exists (select 1 from task_runs r where r.task_id = t.id and r.ended_at is null) then 1 else 0 end as has_open_run,
    case when exists (select 1 from andon_rests) then 1 else 0 end as has_rests
  from ${from}
  left join andon_tasks s on s.task_id = t.id
  left join andon_runs p on p.run_id = (
    select max(a.run_id) from andon_runs a
    where a.task_id = t.id and a.gone_at is null and a.abandoned_at is null)
  where ${where}`;

const waitsForNobody = fragment`t.status in ('todo', 'blocked') and (s.waived = 1 or not exists (${openParent}))`;

const one = movable(fragment`tasks t`, fragment`t.id = ${''}`);

export const findMovable = (reader: Reader, id: TaskId): Promise<Movable | undefined> =>
  reader.one(bind(one, [id]));

/** The same of several tasks, by their ids; of those that exist. */
export async function findMovables(reader: Reader, ids: readonly TaskId[]): Promise<Map<TaskId, Movable>> {
  const found = await reader.all(movable(fragment`tasks t`, fragment`t.id in (${list(ids)})`));
  return new Map(found.map((known) => [known.task.id, known]));
}

/** Tasks that a full pass looks at: waiting, and every parent of theirs is done, archived or waived. */
export const promotable = (reader: Reader): Promise<Movable[]> =>
  reader.all(movable(fragment`tasks t`, fragment`${waitsForNobody} order by t.id`));

const children = movable(
  fragment`task_links c join tasks t on t.id = c.child_id`,
  fragment`c.parent_id = ${''} and ${waitsForNobody} order by t.id`,
);

/** The children of this parent that wait for nobody any more. */
export const promotableChildren = (reader: Reader, parent: TaskId): Promise<Movable[]> =>
  reader.all(bind(children, [parent]));

/**
 * What was built on a task, nearest relations in no order: its descendants that may run, or did. What is archived hands
 * nothing on. The status stands in an expression, or SQLite would walk all that is done.
 */
export const descendants = (reader: Reader, ancestor: TaskId): Promise<Movable[]> =>
  reader.all(
    movable(
      fragment`tasks t`,
      fragment`t.id <> ${ancestor} and coalesce(t.status, '') in ('ready', 'review', 'running', 'done') and t.id in (
        with recursive below (id) as (
          select child_id from task_links where parent_id = ${ancestor}
          union
          select l.child_id from below b join tasks k on k.id = b.id join task_links l on l.parent_id = b.id
            where k.status <> 'archived'
        ) select id from below) order by t.id`,
    ),
  );
