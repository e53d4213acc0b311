import { asTaskId, type TaskId } from '../../domain/ids.ts';
import type { Status, Task } from '../../domain/task.ts';
import type { Edge } from '../../domain/view.ts';
import { brandedText, rowOf, single, text } from '../columns.ts';
import { command, sql, upTo } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';
import { anyStatus, taskRow } from './tasks.ts';

const idRow = single(brandedText(asTaskId));

export const parentsOf = (reader: Reader, child: TaskId): Promise<TaskId[]> =>
  reader.all(
    sql(idRow)`select parent_id as value from task_links where child_id = ${child} order by parent_id`,
  );

export const childrenOf = (reader: Reader, parent: TaskId): Promise<TaskId[]> =>
  reader.all(
    sql(idRow)`select child_id as value from task_links where parent_id = ${parent} order by child_id`,
  );

export const parentTasks = (reader: Reader, child: TaskId): Promise<Task[]> =>
  reader.all(sql(taskRow)`
    select t.* from task_links l join tasks t on t.id = l.parent_id where l.child_id = ${child} order by t.id`);

const openParentRow = rowOf<{ id: TaskId; status: Status }>('tasks', {
  id: brandedText(asTaskId),
  status: anyStatus,
});

/**
 * The parents that keep a task waiting: the one definition of "parents satisfied" (contract §4, lenient everywhere) is
 * that this is empty. A link to a deleted task holds nobody.
 */
export const unsatisfiedParents = (
  reader: Reader,
  child: TaskId,
): Promise<{ id: TaskId; status: Status }[]> =>
  reader.all(sql(openParentRow)`
    select p.id, p.status from task_links l join tasks p on p.id = l.parent_id
    where l.child_id = ${child} and p.status not in ('done', 'archived') order by p.id`);

/** True when `to` can be reached from `from` by going down, a task itself included. */
export async function reaches(reader: Reader, from: TaskId, to: TaskId): Promise<boolean> {
  if (from === to) return true;
  const found = await reader.one(sql(idRow)`
    with recursive below (id) as (
      select child_id from task_links where parent_id = ${from}
      union
      select l.child_id from task_links l join below b on l.parent_id = b.id
    )
    select id as value from below where id = ${to} limit 1`);
  return found !== undefined;
}

const edgeRow = rowOf<Edge>('task_links', {
  parent_id: brandedText(asTaskId),
  parent_title: text,
  parent_status: text,
  child_id: brandedText(asTaskId),
  child_title: text,
  child_status: text,
});

/** The links between tasks that are not archived. */
export const edges = (reader: Reader, limit: number): Promise<Edge[]> =>
  reader.all(sql(edgeRow)`
    select l.parent_id, p.title as parent_title, p.status as parent_status,
      l.child_id, c.title as child_title, c.status as child_status
    from task_links l join tasks p on p.id = l.parent_id join tasks c on c.id = l.child_id
    where p.status <> 'archived' and c.status <> 'archived' order by l.parent_id, l.child_id ${upTo(limit)}`);

export const insertLink = (tx: Tx, parent: TaskId, child: TaskId): void =>
  tx.run(command`
    insert into task_links (parent_id, child_id) values (${parent}, ${child}) on conflict do nothing`);

export const deleteLink = (tx: Tx, parent: TaskId, child: TaskId): Promise<number> =>
  tx.change(command`delete from task_links where parent_id = ${parent} and child_id = ${child}`);
