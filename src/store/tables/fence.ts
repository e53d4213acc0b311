import { asEpoch, type Epoch } from '../../domain/ids.ts';
import { integerAs, single } from '../columns.ts';
import { command, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

/** The epochs by which a board knows its leaders. */

/** What a role's leader is known as on this board; 0 before the first. */
export async function fenceOf(reader: Reader, role: string): Promise<Epoch> {
  const epoch = await reader.one(
    sql(single(integerAs(asEpoch)))`select epoch as value from andon_fence where role = ${role}`,
  );
  return epoch ?? asEpoch(0);
}

export function writeFence(tx: Tx, role: string, epoch: Epoch): void {
  tx.run(command`
    insert into andon_fence (role, epoch) values (${role}, ${epoch})
    on conflict (role) do update set epoch = excluded.epoch`);
}
