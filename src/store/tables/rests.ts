import { troubles } from '../../domain/fault.ts';
import { asMillis, asRunId, asTaskId } from '../../domain/ids.ts';
import type { Rest } from '../../domain/rest.ts';
import { brandedText, integer, integerAs, nullable, oneOf, rowOf, text } from '../columns.ts';
import { command, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

const restRow = rowOf<Rest>('andon_rests', {
  subject: oneOf(['profile', 'host']),
  name: text,
  kind: oneOf(troubles),
  until: integerAs(asMillis),
  strikes: integer,
  error: text,
  task_id: brandedText(asTaskId),
  run_id: nullable(integerAs(asRunId)),
  since: integerAs(asMillis),
});

/** Whatever rests, or is being tried again; a handful at most. */
export const allRests = (reader: Reader): Promise<Rest[]> =>
  reader.all(sql(restRow)`select * from andon_rests order by subject, name`);

export function writeRest(tx: Tx, rest: Rest): void {
  tx.run(command`
    insert into andon_rests (subject, name, kind, until, strikes, error, task_id, run_id, since)
    values (${rest.subject}, ${rest.name}, ${rest.kind}, ${rest.until}, ${rest.strikes}, ${rest.error}, ${rest.task_id},
      ${rest.run_id}, ${rest.since})
    on conflict (subject, name) do update set kind = excluded.kind, until = excluded.until, strikes = excluded.strikes,
      error = excluded.error, task_id = excluded.task_id, run_id = excluded.run_id, since = excluded.since`);
}

/** Gives how many rows went away: one, or none when nothing rested. */
export const deleteRest = (tx: Tx, { subject, name }: Pick<Rest, 'subject' | 'name'>): Promise<number> =>
  tx.change(command`delete from andon_rests where subject = ${subject} and name = ${name}`);

export const deleteHostRests = (tx: Tx): Promise<number> =>
  tx.change(command`delete from andon_rests where subject = 'host'`);
