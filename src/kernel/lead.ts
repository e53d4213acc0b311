import { ok, type Result, refuse } from '../domain/errors.ts';
import { asMillis, type Millis } from '../domain/ids.ts';
import type { AsLeader } from '../domain/leading.ts';
import type { Lease } from '../domain/view.ts';
import type { Reader, Tx } from '../store/store.ts';
import { fenceOf, writeFence } from '../store/tables/fence.ts';
import * as leases from '../store/tables/leases.ts';

/**
 * Leadership (design §3.4). The lease lives in the home store and can be lost at any moment: to a stopped process, to a
 * clock. What protects a board is its fence: a new leader raises it before its first other write there, and from then on
 * every write with an older epoch is refused, also that of a leader which does not know yet.
 */
export async function fenced(tx: Reader, leader: AsLeader): Promise<Result<never> | undefined> {
  const fence = await fenceOf(tx, leader.role);
  if (leader.epoch >= fence) return undefined;
  return refuse(
    'not_leader',
    `Another gateway has been ${leader.role} since (epoch ${fence}, ours is ${leader.epoch}); this one steps down.`,
  );
}

export async function raiseEpoch(tx: Tx, input: AsLeader): Promise<Result<null>> {
  const stale = await fenced(tx, input);
  if (stale) return stale;
  writeFence(tx, input.role, input.epoch);
  return ok(null);
}

/** Grants a role that is free, ours, expired, or whose holder the caller has proved dead, known by its epoch. */
export async function takeLease(
  tx: Tx,
  input: Omit<Lease, 'epoch' | 'expires_at'> & { ttl: Millis; dead_epoch: number | undefined },
): Promise<Result<Lease>> {
  const held = await leases.findLease(tx, input.role);
  const ours = held?.token === input.token;
  const free =
    held === undefined || held.token === '' || held.expires_at <= tx.now || held.epoch === input.dead_epoch;
  if (held && !ours && !free) {
    return refuse('not_leader', `The gateway ${held.name} (pid ${held.pid}) is ${input.role}.`, [held.name]);
  }
  const { ttl, dead_epoch: _dead, ...holder } = input;
  // An own lease that ran out may have been another's in between: only an unbroken one keeps its epoch.
  const unbroken = ours && held.expires_at > tx.now;
  const epoch = unbroken ? held.epoch : (held?.epoch ?? 0) + 1;
  const lease: Lease = { ...holder, epoch, expires_at: asMillis(tx.now + ttl) };
  leases.writeLease(tx, lease);
  return ok(lease);
}

/** Renews all roles that are held under a token; a lease that ran out is not among those it gives, and is taken anew. */
export async function renewLeases(
  tx: Tx,
  { token, ttl }: { token: string; ttl: Millis },
): Promise<Result<readonly Lease[]>> {
  return ok(await leases.renewLeases(tx, token, tx.now, asMillis(tx.now + ttl)));
}

/** The row stays, so that epochs go on rising. */
export async function releaseLease(tx: Tx, input: { role: string; token: string }): Promise<Result<null>> {
  leases.clearLease(tx, input.role, input.token);
  return ok(null);
}

export async function lease(
  reader: Reader,
  input: { role: string },
): Promise<Result<{ now: Millis; lease: Lease | null }>> {
  const held = await leases.findLease(reader, input.role);
  const valid = held !== undefined && held.token !== '' && held.expires_at > reader.now;
  return ok({ now: reader.now, lease: valid ? held : null });
}
