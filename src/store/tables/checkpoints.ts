import type { Checkpoint } from '../../domain/checkpoint.ts';
import { asMillis, asRunId, type TaskId } from '../../domain/ids.ts';
import { integerAs, jsonObject, nullable, rowOf, text, toJson } from '../columns.ts';
import { command, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

const checkpointRow = rowOf<Checkpoint>('andon_checkpoints', {
  run_id: integerAs(asRunId),
  text,
  data: nullable(jsonObject),
  at: integerAs(asMillis),
});

/** The newest of a run stands for all of it. */
export function writeCheckpoint(tx: Tx, task: TaskId, point: Checkpoint): void {
  tx.run(command`
    insert into andon_checkpoints (run_id, task_id, text, data, at)
    values (${point.run_id}, ${task}, ${point.text}, ${toJson(point.data)}, ${point.at})
    on conflict (run_id) do update set text = excluded.text, data = excluded.data, at = excluded.at`);
}

export const lastCheckpointOf = (reader: Reader, id: TaskId): Promise<Checkpoint | undefined> =>
  reader.one(
    sql(checkpointRow)`select * from andon_checkpoints where task_id = ${id} order by run_id desc limit 1`,
  );

/** The newest of the attempts that are over. */
export const lastCheckpointBefore = (reader: Reader, id: TaskId): Promise<Checkpoint | undefined> =>
  reader.one(sql(checkpointRow)`
    select c.* from andon_checkpoints c join task_runs r on r.id = c.run_id
    where c.task_id = ${id} and r.ended_at is not null order by c.run_id desc limit 1`);
