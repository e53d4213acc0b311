import { asTaskId, type TaskId } from '../../domain/ids.ts';
import { brandedText, rowOf, single } from '../columns.ts';
import { type Fragment, fragment, sql, upTo } from '../sql.ts';
import type { Reader } from '../store.ts';

/** The invariants of contract §3.3 as questions: each gives the tasks that break it, a few of them at most. */

const idRow = single(brandedText(asTaskId));
const shown = 10;

export const invariants = [
  'run_and_status',
  'pointer',
  'several_open_runs',
  'open_run_unheld',
  'closed_run_holds',
  'ready_too_early',
  'negative_counter',
  'several_processes',
] as const;
export type Invariant = (typeof invariants)[number];

const broken: Readonly<Record<Invariant, Fragment>> = {
  run_and_status: fragment`
    select t.id from tasks t where (t.status = 'running' and t.current_run_id is null)
      or (t.status <> 'running' and t.current_run_id is not null)`,
  pointer: fragment`
    select t.id from tasks t where t.current_run_id is not null and not exists (
      select 1 from task_runs r where r.id = t.current_run_id and r.task_id = t.id and r.ended_at is null)`,
  several_open_runs: fragment`
    select r.task_id as id from task_runs r where r.ended_at is null group by r.task_id having count(*) > 1`,
  open_run_unheld: fragment`
    select r.task_id as id from task_runs r join tasks t on t.id = r.task_id
    where r.ended_at is null and t.current_run_id is null group by r.task_id`,
  closed_run_holds: fragment`
    select r.task_id as id from task_runs r where r.ended_at is not null
      and (r.claim_lock is not null or r.claim_expires is not null or r.worker_pid is not null) group by r.task_id`,
  ready_too_early: fragment`
    select t.id from tasks t where t.status = 'ready'
      and not exists (select 1 from andon_tasks s where s.task_id = t.id and s.waived <> 0)
      and exists (select 1 from task_links l join tasks p on p.id = l.parent_id
        where l.child_id = t.id and p.status not in ('done', 'archived'))`,
  negative_counter: fragment`select t.id from tasks t where t.consecutive_failures < 0`,
  several_processes: fragment`
    select p.task_id as id from andon_runs p where p.gone_at is null and p.abandoned_at is null
    group by p.task_id having count(*) > 1`,
};

export const breaksOf = (reader: Reader, invariant: Invariant): Promise<TaskId[]> =>
  reader.all(sql(idRow)`
    select id as value from (${broken[invariant]}) as found order by id ${upTo(shown)}`);

const linkRow = rowOf<{ parent_id: TaskId; child_id: TaskId }>('task_links', {
  parent_id: brandedText(asTaskId),
  child_id: brandedText(asTaskId),
});

/** The links that hold somebody: both ends unfinished. */
export const holdingLinks = (reader: Reader): Promise<{ parent_id: TaskId; child_id: TaskId }[]> =>
  reader.all(sql(linkRow)`
    select l.parent_id, l.child_id from task_links l join tasks p on p.id = l.parent_id
      join tasks c on c.id = l.child_id
    where p.status not in ('done', 'archived') and c.status not in ('done', 'archived')
    order by l.parent_id, l.child_id`);
