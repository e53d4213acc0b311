import {
  asMillis,
  asProfileName,
  asTaskId,
  type Millis,
  type ProfileName,
  type TaskId,
  toMillis,
} from '../../domain/ids.ts';
import { type Lane, lanes, type Task } from '../../domain/task.ts';
import { brandedText, flag, integerAs, nullable, oneOf, rowOf, single, text } from '../columns.ts';
import { command, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

/** Our own side of a task: what its shared row has no column for. Times are milliseconds. */
export interface TaskSide {
  /** Since when it could start. */
  readonly ready_at: Millis;
  /** The lane it returns to. */
  readonly lane: Lane;
  /** When a scheduled task wakes. */
  readonly scheduled_at: Millis | null;
  /** Who did the work, while the lane is review. */
  readonly implementer: ProfileName | null;
  /** Its open parents do not hold it. */
  readonly waived: boolean;
  /** The commit that its worktree was made at, when we made it. */
  readonly base_commit: string | null;
}

export const sideRow = rowOf<TaskSide>('andon_tasks', {
  ready_at: integerAs(asMillis),
  lane: oneOf(lanes),
  scheduled_at: nullable(integerAs(asMillis)),
  implementer: nullable(brandedText(asProfileName)),
  waived: flag,
  base_commit: nullable(text),
});

export const newSide = (ready_at: Millis): TaskSide => ({
  ready_at,
  lane: 'work',
  scheduled_at: null,
  implementer: null,
  waived: false,
  base_commit: null,
});

export const sameSide = (one: TaskSide, other: TaskSide): boolean =>
  one.ready_at === other.ready_at &&
  one.lane === other.lane &&
  one.scheduled_at === other.scheduled_at &&
  one.implementer === other.implementer &&
  one.waived === other.waived &&
  one.base_commit === other.base_commit;

/** A task that a foreign writer made has none. */
export const findSide = (reader: Reader, id: TaskId): Promise<TaskSide | undefined> =>
  reader.one(sql(sideRow)`
    select ready_at, lane, scheduled_at, implementer, waived, base_commit from andon_tasks where task_id = ${id}`);

/** Without one it counts as ready from its creation, in the work lane. */
export const sideOf = async (reader: Reader, task: Task): Promise<TaskSide> =>
  (await findSide(reader, task.id)) ?? newSide(toMillis(task.created_at));

export function writeSide(tx: Tx, id: TaskId, side: TaskSide): void {
  tx.run(command`
    insert into andon_tasks (task_id, ready_at, lane, scheduled_at, implementer, waived, base_commit)
    values (${id}, ${side.ready_at}, ${side.lane}, ${side.scheduled_at}, ${side.implementer},
      ${side.waived ? 1 : 0}, ${side.base_commit})
    on conflict (task_id) do update set ready_at = excluded.ready_at, lane = excluded.lane,
      scheduled_at = excluded.scheduled_at, implementer = excluded.implementer, waived = excluded.waived,
      base_commit = excluded.base_commit`);
}

/** Scheduled tasks whose time has come. A task that another program has moved on since keeps only an old time. */
export const dueTasks = (reader: Reader): Promise<TaskId[]> =>
  reader.all(sql(single(brandedText(asTaskId)))`
    select t.id as value from andon_tasks s join tasks t on t.id = s.task_id
    where s.scheduled_at <= ${reader.now} and t.status = 'scheduled' order by s.scheduled_at, t.id`);

/** When the next scheduled task wakes. */
export async function nextWake(reader: Reader): Promise<Millis | null> {
  const at = await reader.one(sql(single(nullable(integerAs(asMillis))))`
    select min(s.scheduled_at) as value from andon_tasks s join tasks t on t.id = s.task_id
    where s.scheduled_at is not null and t.status = 'scheduled'`);
  return at ?? null;
}
