import { asMillis } from '../../domain/ids.ts';
import { type Pause, type PauseKey, pauseScopes } from '../../domain/pause.ts';
import { integerAs, nullable, oneOf, rowOf, text } from '../columns.ts';
import { command, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

const pauseRow = rowOf<Pause>('andon_pauses', {
  scope: oneOf(pauseScopes),
  name: text,
  reason: nullable(text),
  by: text,
  created_at: integerAs(asMillis),
  until: nullable(integerAs(asMillis)),
});

/** The pauses that are not over, the widest first. */
export const activePauses = (reader: Reader): Promise<Pause[]> =>
  reader.all(sql(pauseRow)`
    select * from andon_pauses where until is null or until > ${reader.now} order by scope, name`);

/** Sets a pause, over one that stands for the same thing; those that are over are cleared away. */
export function writePause(tx: Tx, pause: Pause): void {
  tx.run(command`delete from andon_pauses where until <= ${tx.now}`);
  tx.run(command`
    insert into andon_pauses (scope, name, reason, by, created_at, until)
    values (${pause.scope}, ${pause.name}, ${pause.reason}, ${pause.by}, ${pause.created_at}, ${pause.until})
    on conflict (scope, name) do update set reason = excluded.reason, by = excluded.by,
      created_at = excluded.created_at, until = excluded.until`);
}

/** Ends a pause; gives how many there were. */
export const deletePause = (tx: Tx, { scope, name }: PauseKey): Promise<number> =>
  tx.change(
    command`delete from andon_pauses where scope = ${scope} and name = ${name} and (until is null or until > ${tx.now})`,
  );
