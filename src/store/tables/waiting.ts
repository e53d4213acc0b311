import { asMillis, asProfileName, asSeconds, type Millis, type TaskId, toMillis } from '../../domain/ids.ts';
import type { Task } from '../../domain/task.ts';
import type { DispatchFilter, LastRun, ReadyTask } from '../../domain/view.ts';
import { brandedText, flag, integer, integerAs, nullable, paired, rowOf, single, text } from '../columns.ts';
import { every, type Fragment, fragment, list, sql, upTo } from '../sql.ts';
import type { Reader } from '../store.ts';
import { taskRow } from './tasks.ts';

/** The tasks that a dispatcher may start: unclaimed, ready or waiting for a reviewer (contract §5.7, §5.8). */

interface Beside {
  readonly waits_since: Millis | null;
  readonly lingers: number;
  readonly last_run: number | null;
  readonly last_profile: LastRun['profile'];
  readonly last_outcome: string | null;
  readonly last_ended_at: LastRun['ended_at'];
  readonly last_had_process: boolean;
}

const besideRow = rowOf<Beside>('tasks', {
  waits_since: nullable(integerAs(asMillis)),
  lingers: integer,
  last_run: nullable(integer),
  last_profile: nullable(brandedText(asProfileName)),
  last_outcome: nullable(text),
  last_ended_at: nullable(integerAs(asSeconds)),
  last_had_process: flag,
});

const waitingRow = paired(taskRow, besideRow, (task, beside): ReadyTask => {
  const { last_profile: profile, last_outcome: outcome, last_ended_at: ended_at } = beside;
  const last = { profile, outcome, ended_at, had_process: beside.last_had_process };
  return {
    task,
    // A task that a foreign writer made waits since its creation.
    ready_at: beside.waits_since ?? toMillis(task.created_at),
    lingering: beside.lingers > 0,
    last_run: beside.last_run === null ? null : last,
  };
});

/** A ready task has no open parents; one under review may have been given some, and waits for them without a word. */
const mayStart = fragment`(t.status = 'ready' or s.waived = 1 or not exists (
    select 1 from task_links l join tasks p on p.id = l.parent_id
    where l.child_id = t.id and p.status not in ('done', 'archived')))`;

/** One statement for a whole page: a question per task would be a round trip each on PostgreSQL. */
const select = (where: Fragment, order: Fragment, limit: number) => sql(waitingRow)`
  select t.*, s.ready_at as waits_since, r.id as last_run, r.profile as last_profile, r.outcome as last_outcome,
    r.ended_at as last_ended_at,
    (select count(*) from andon_runs b where b.run_id = r.id) as last_had_process,
    (select count(*) from andon_runs a where a.task_id = t.id and a.gone_at is null and a.abandoned_at is null) as lingers
  from tasks t
  left join andon_tasks s on s.task_id = t.id
  left join task_runs r on r.id = (select max(e.id) from task_runs e where e.task_id = t.id and e.ended_at is not null)
  where ${where} and ${mayStart} order by ${order} ${upTo(limit)}`;

/**
 * The candidates that a filter lets through: the most important ones of each lane, and the oldest, so that waiting can make
 * up for a priority that no page would reach. Each is a walk along an index (`test/storage/plans.test.ts`).
 */
export async function waitingTasks(reader: Reader, filter: DispatchFilter): Promise<ReadyTask[]> {
  const wanted = wantedBy(filter);
  if (wanted === undefined) return [];
  const urgent = fragment`t.priority desc, t.created_at, t.id`;
  const lanes = filter.reviews === false ? ['ready'] : ['ready', 'review'];
  const pages = await Promise.all(
    lanes.map((status) =>
      reader.all(select(fragment`t.status = ${status} and ${wanted}`, urgent, filter.limit)),
    ),
  );
  // Pages that are not full hold everything, and so the oldest too.
  if (pages.every((page) => page.length < filter.limit)) return pages.flat();
  const oldest = await reader.all(
    select(
      fragment`coalesce(t.status, '') in ('ready', 'review') and ${wanted} and coalesce(t.status, '') in (${list(lanes)})`,
      fragment`t.created_at, t.id`,
      filter.limit,
    ),
  );
  const found = [...pages.flat(), ...oldest];
  return [...new Map(found.map((each): [TaskId, ReadyTask] => [each.task.id, each])).values()];
}

/** Columns stand in an expression, as in `andon_tasks_oldest`: their own indexes give no order, and SQLite would take them and sort. */
function wantedBy({ assignees, unassigned, without_tenants: without }: DispatchFilter): Fragment | undefined {
  const conditions = [fragment`t.claim_lock is null`];
  if (without && without.length > 0) {
    conditions.push(fragment`coalesce(t.tenant, '') not in (${list(without)})`);
  }
  if (assignees !== null) {
    const names = unassigned ? [...assignees, ''] : assignees;
    if (names.length === 0) return undefined;
    conditions.push(fragment`coalesce(t.assignee, '') in (${list(names)})`);
  }
  return every(conditions);
}

/** How many tasks of its lane have a higher priority, or the same and are older. */
export async function aheadOf(reader: Reader, task: Task): Promise<number> {
  if (task.status !== 'ready' && task.status !== 'review') return 0;
  const amount = await reader.one(sql(single(integer))`
    select count(*) as value from tasks where status = ${task.status} and claim_lock is null and (
      priority > ${task.priority} or (priority = ${task.priority} and (
        created_at < ${task.created_at} or (created_at = ${task.created_at} and id < ${task.id}))))`);
  return amount ?? 0;
}
