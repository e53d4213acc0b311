import type { Event } from '../../domain/event.ts';
import type { TaskId } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';
import type { Task } from '../../domain/task.ts';
import { list, sql } from '../sql.ts';
import type { Reader } from '../store.ts';
import { eventRow } from './events.ts';
import { runRow } from './runs.ts';
import { taskRow } from './tasks.ts';

/** Tasks with which something may be wrong: those in work, and finished ones whose summary was found odd. */
export const suspects = (reader: Reader): Promise<Task[]> =>
  reader.all(sql(taskRow)`
    select t.* from tasks t where t.status not in ('done', 'archived')
      or (t.status = 'done' and exists (select 1 from task_events e
        where e.task_id = t.id and e.kind = 'suspected_hallucinated_references'))
    order by t.id`);

/** The events of these kinds of a few hundred tasks at most, oldest first. */
export const eventsOf = (
  reader: Reader,
  ids: readonly TaskId[],
  kinds: readonly string[],
): Promise<Event[]> =>
  reader.all(sql(eventRow)`
    select * from task_events where task_id in (${list(ids)}) and kind in (${list(kinds)}) order by id`);

export const runsOfTasks = (reader: Reader, ids: readonly TaskId[]): Promise<Run[]> =>
  reader.all(sql(runRow)`select * from task_runs where task_id in (${list(ids)}) order by id`);
