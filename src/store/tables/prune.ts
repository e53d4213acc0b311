import { asTaskId, type Seconds, type TaskId, toMillis } from '../../domain/ids.ts';
import type { Tombstone } from '../../domain/prune.ts';
import type { Task } from '../../domain/task.ts';
import { brandedText, integer, nullable, rowOf, single, text } from '../columns.ts';
import { command, type Fragment, fragment, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';
import { taskRow } from './tasks.ts';

/** Every table whose rows belong to one task and go with it; a test compares with the schema. */
const sharedTables: readonly Fragment[] = [
  fragment`task_comments`,
  fragment`task_events`,
  fragment`task_runs`,
  fragment`task_attachments`,
  fragment`kanban_notify_subs`,
];
const ownTables: readonly Fragment[] = [
  fragment`andon_runs`,
  fragment`andon_usage`,
  fragment`andon_checkpoints`,
  fragment`andon_tasks`,
  fragment`andon_deliveries`,
  fragment`andon_escalations`,
  fragment`andon_presses`,
];
export const tablesOfTasks: readonly Fragment[] = [...sharedTables, ...ownTables];

/** The task's row and all that belongs to it, its links included. */
export function deleteTaskRows(tx: Tx, id: TaskId): void {
  tx.run(command`delete from task_links where parent_id = ${id} or child_id = ${id}`);
  for (const table of tablesOfTasks) tx.run(command`delete from ${table} where task_id = ${id}`);
  tx.run(command`delete from andon_told_budgets where subject = ${id}`);
  tx.run(command`delete from tasks where id = ${id}`);
}

const tombstoneRow = rowOf<Tombstone>('andon_tombstones', {
  task_id: brandedText(asTaskId),
  title: text,
  deleted_at: integer,
  deleted_by: nullable(text),
});

/** An id may have been handed out again since the last time a task of that name was deleted. */
export function insertTombstone(tx: Tx, stone: Tombstone): void {
  tx.run(command`
    insert into andon_tombstones (task_id, title, deleted_at, deleted_by)
    values (${stone.task_id}, ${stone.title}, ${stone.deleted_at}, ${stone.deleted_by})
    on conflict (task_id) do update
      set title = excluded.title, deleted_at = excluded.deleted_at, deleted_by = excluded.deleted_by`);
}

export const findTombstone = (reader: Reader, id: TaskId): Promise<Tombstone | undefined> =>
  reader.one(sql(tombstoneRow)`select * from andon_tombstones where task_id = ${id}`);

const pathRow = single(text);
const idRow = single(brandedText(asTaskId));
const countRow = single(integer);

/** Folders and files that tasks which are not finished, or whose process is not proved dead, still need. */
export const pathsInUse = (reader: Reader): Promise<string[]> =>
  reader.all(sql(pathRow)`
    select t.workspace_path as value from tasks t where t.workspace_path is not null and (
      t.status not in ('done', 'archived')
      or exists (select 1 from andon_runs p where p.task_id = t.id and p.gone_at is null))
    union select p.dir from andon_runs p where p.gone_at is null
    union select a.stored_path from task_attachments a join tasks t on t.id = a.task_id
      where t.status not in ('done', 'archived')
    order by value`);

/**
 * Archived tasks whose folders nobody needs: no process of theirs may live, and no child is unfinished, which might read
 * what its parent left there (contract §4.5).
 */
export const sweepable = (reader: Reader): Promise<Task[]> =>
  reader.all(sql(taskRow)`
    select t.* from tasks t where t.status = 'archived'
      and not exists (select 1 from andon_runs p where p.task_id = t.id and p.gone_at is null)
      and not exists (select 1 from task_links l join tasks c on c.id = l.child_id
        where l.parent_id = t.id and c.status not in ('done', 'archived'))
    order by t.id`);

/** Finished tasks that nobody has worked on since `before`, and tasks deleted before it. */
export const tasksAtRestSince = (reader: Reader, before: Seconds): Promise<TaskId[]> =>
  reader.all(sql(idRow)`
    select t.id as value from tasks t where t.status in ('done', 'archived')
      and not exists (select 1 from andon_runs p where p.task_id = t.id and p.gone_at is null)
      and coalesce((select max(coalesce(r.ended_at, r.started_at)) from task_runs r where r.task_id = t.id),
        t.completed_at, t.created_at) < ${before}
    union select d.task_id from andon_tombstones d
      where d.deleted_at < ${toMillis(before)} and not exists (select 1 from tasks t where t.id = d.task_id)
    order by value`);

/**
 * Events of finished or deleted tasks that are older than `before`. For each task the newest stays that tells its status,
 * so that whoever has only the log still knows it, and those that say where its work was saved; and whatever a
 * subscription has not been told, or is being told.
 */
const oldEvents = (before: Seconds): Fragment => fragment`
  select e.id from task_events e left join tasks t on t.id = e.task_id
  where e.created_at < ${before}
    and (t.status in ('done', 'archived')
      or (t.id is null and exists (select 1 from andon_tombstones d where d.task_id = e.task_id)))
    and (t.id is null or e.id <> (select coalesce(max(l.id), 0) from task_events l
      where l.task_id = e.task_id and l.kind in ('completed', 'archived', 'status')))
    and (t.id is null or e.kind <> 'work_saved')
    and not exists (select 1 from kanban_notify_subs s where s.task_id = e.task_id and s.last_event_id < e.id)
    and not exists (select 1 from andon_deliveries d where d.event_id = e.id and d.state = 'pending')`;

/** Deliveries that nobody waits for: their subscription is gone, or they are settled and their event is gone. */
const lostDeliveries = fragment`
  select d.id from andon_deliveries d
  where (d.reminder = 0 and not exists (select 1 from kanban_notify_subs s where s.task_id = d.task_id
      and s.platform = d.platform and s.chat_id = d.chat_id and s.thread_id = d.thread_id))
    or (d.state <> 'pending' and not exists (select 1 from task_events e where e.id = d.event_id))`;

/** Rows of ours whose task another program deleted; a run's record stays until its process is proved dead. */
const orphansIn = (table: Fragment): Fragment => {
  const orphan = fragment`not exists (select 1 from tasks t where t.id = ${table}.task_id)`;
  return table === ownTables[0] ? fragment`gone_at is not null and ${orphan}` : orphan;
};

export interface PrunedRows {
  readonly events: number;
  readonly deliveries: number;
  readonly orphans: number;
}

/** What `pruneRows` would delete now. */
export async function countPrunable(reader: Reader, before: Seconds): Promise<PrunedRows> {
  const count = async (rows: Fragment) =>
    (await reader.one(sql(countRow)`select count(*) as value from ${rows}`)) ?? 0;
  let orphans = 0;
  for (const table of ownTables) orphans += await count(fragment`${table} where ${orphansIn(table)}`);
  return {
    events: await count(fragment`(${oldEvents(before)}) as old`),
    deliveries: await count(fragment`(${lostDeliveries}) as lost`),
    orphans,
  };
}

export async function pruneRows(tx: Tx, before: Seconds): Promise<PrunedRows> {
  let orphans = 0;
  for (const table of ownTables)
    orphans += await tx.change(command`delete from ${table} where ${orphansIn(table)}`);
  // First, so that a message on its way to nobody does not keep its event.
  let deliveries = await tx.change(command`delete from andon_deliveries where id in (${lostDeliveries})`);
  const events = await tx.change(command`delete from task_events where id in (${oldEvents(before)})`);
  deliveries += await tx.change(command`delete from andon_deliveries where id in (${lostDeliveries})`);
  return { events, deliveries, orphans };
}
