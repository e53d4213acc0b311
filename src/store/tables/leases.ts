import { asMillis, type Millis } from '../../domain/ids.ts';
import type { Lease } from '../../domain/view.ts';
import { integer, integerAs, rowOf, text } from '../columns.ts';
import { command, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

const leaseRow = rowOf<Lease>('andon_leases', {
  role: text,
  name: text,
  host: text,
  boot: text,
  pid: integer,
  pid_start: text,
  token: text,
  epoch: integer,
  expires_at: integerAs(asMillis),
});

export const findLease = (reader: Reader, role: string): Promise<Lease | undefined> =>
  reader.one(sql(leaseRow)`select * from andon_leases where role = ${role}`);

export function writeLease(tx: Tx, lease: Lease): void {
  tx.run(command`
    insert into andon_leases (role, name, host, boot, pid, pid_start, token, epoch, expires_at)
    values (${lease.role}, ${lease.name}, ${lease.host}, ${lease.boot}, ${lease.pid}, ${lease.pid_start},
      ${lease.token}, ${lease.epoch}, ${lease.expires_at})
    on conflict (role) do update set name = excluded.name, host = excluded.host, boot = excluded.boot,
      pid = excluded.pid, pid_start = excluded.pid_start, token = excluded.token, epoch = excluded.epoch,
      expires_at = excluded.expires_at`);
}

/** Moves the end of all that are held under a token and have not run out. */
export const renewLeases = (tx: Tx, token: string, now: Millis, expiresAt: Millis): Promise<Lease[]> =>
  tx.all(sql(leaseRow)`
    update andon_leases set expires_at = ${expiresAt} where token = ${token} and expires_at > ${now} returning *`);

/** Gives a lease back, if it is still this holder's. */
export const clearLease = (tx: Tx, role: string, token: string): void =>
  tx.run(
    command`update andon_leases set token = '', expires_at = 0 where role = ${role} and token = ${token}`,
  );
