import { asMillis, asProfileName, type Millis, type ProfileName } from '../../domain/ids.ts';
import type { Status } from '../../domain/task.ts';
import { brandedText, integer, integerAs, nullable, rowOf, single } from '../columns.ts';
import { sql } from '../sql.ts';
import type { Reader } from '../store.ts';
import { anyStatus } from './tasks.ts';

const loadRow = rowOf<{ status: Status; assignee: ProfileName | null; amount: number }>('tasks', {
  status: anyStatus,
  assignee: nullable(brandedText(asProfileName)),
  amount: integer,
});

/** How many tasks each profile, or nobody, has in each status; archived ones are left out. A pair may come twice. */
export const countByAssignee = (
  reader: Reader,
): Promise<{ status: Status; assignee: ProfileName | null; amount: number }[]> =>
  reader.all(sql(loadRow)`
    select status, assignee, count(*) as amount from tasks where status <> 'archived'
    group by status, assignee order by status, assignee`);

/** Since when the ready task that waits longest could start; `null` when none is ready. */
export async function oldestReady(reader: Reader): Promise<Millis | null> {
  const at = await reader.one(sql(single(nullable(integerAs(asMillis))))`
    select min(coalesce(s.ready_at, t.created_at * 1000)) as value
    from tasks t left join andon_tasks s on s.task_id = t.id where t.status = 'ready'`);
  return at ?? null;
}
