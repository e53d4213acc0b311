import type { RecordSession } from '../../domain/command.ts';
import { asRunId, asSeconds, type ProfileName, type RunId, type TaskId } from '../../domain/ids.ts';
import type { Lane } from '../../domain/task.ts';
import type { LastSession } from '../../domain/view.ts';
import { integerAs, nullable, rowOf, text } from '../columns.ts';
import { command, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

/** What is known of the agents of runs, beside their processes. */

const sessionRow = rowOf<LastSession>('andon_runs', {
  run_id: integerAs(asRunId),
  dir: text,
  driver: text,
  driver_version: nullable(text),
  session: text,
  outcome: nullable(text),
  error: nullable(text),
  ended_at: integerAs(asSeconds),
});

/** A run that begins its session anew names the newer one. */
export async function writeSession(tx: Tx, input: RecordSession): Promise<void> {
  await tx.run(command`
    update andon_runs set driver = ${input.driver}, driver_version = ${input.driver_version},
      session = ${input.session.trim()} where run_id = ${input.run_id}`);
}

export async function markBoardSeen(tx: Tx, id: RunId): Promise<void> {
  await tx.run(
    command`update andon_runs set board_seen_at = coalesce(board_seen_at, ${tx.now}) where run_id = ${id}`,
  );
}

export const lastSessionOf = (
  reader: Reader,
  of: { readonly task_id: TaskId; readonly profile: ProfileName; readonly lane: Lane },
): Promise<LastSession | undefined> =>
  reader.one(sql(sessionRow)`
    select a.run_id, a.dir, a.driver, a.driver_version, a.session, r.outcome, r.error, r.ended_at
    from andon_runs a join task_runs r on r.id = a.run_id
    where a.task_id = ${of.task_id} and a.session is not null and a.lane = ${of.lane}
      and r.profile = ${of.profile} and r.ended_at is not null
    order by a.run_id desc limit 1`);
