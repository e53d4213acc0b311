import { escapeIdentifier, escapeLiteral } from 'pg';
import { asMillis, asRunId, type Millis, type RunId, type TaskId } from '../../domain/ids.ts';
import { integerAs, single } from '../columns.ts';
import { isFault } from '../faults.ts';
import { orAborted } from '../mutex.ts';
import type { Patience } from '../retry.ts';
import { named, type Query, sql } from '../sql.ts';
import { StoreFault, type Tx } from '../store.ts';
import { lockClass, type Place, sayWhere } from './schema.ts';
import type { PostgresSession } from './session.ts';

/** What transactions see of the world beside their database. */
export interface Terms {
  /** A test's clock; without one the time is the server's. */
  readonly now: (() => Millis) | undefined;
  readonly newId: () => TaskId;
}

/** The server ends a transaction whose process has stopped in the middle: it would keep its board locked for ever. */
const longestSilence = 60_000;

/** The statements that begin a transaction, in one round trip; the last tells the time. */
export interface Prologue {
  readonly text: string;
  readonly onlyReads: boolean;
}

const clock = 'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now';

/**
 * Asked once the lock is held or the snapshot taken: a place that was known before may have been retired meanwhile, and
 * who went on would write into an archive. Costs no round trip.
 */
const clockAt = ({ id, board }: Place): string =>
  `${clock}, exists (select 1 from andon.boards where id = ${id} and slug = ${escapeLiteral(board)}) as in_service`;

/** The place is the board's no longer: it was archived or deleted. Nothing has been done. */
export class PlaceRetired extends Error {
  override readonly name = 'PlaceRetired';
}

/**
 * Everything up to the first statement of a writer goes in one round trip (three cost 1.34 times as much). The lock makes
 * writers of a board take turns, so that code may read, decide and write, and so that event ids become visible in their
 * order: without it a reader that follows them misses 9 % under eight writers.
 */
export const writing = (place: Place, patience: Patience): Prologue => ({
  onlyReads: false,
  text: [
    'begin isolation level read committed',
    `set local search_path = ${escapeIdentifier(place.schema)}`,
    `set local lock_timeout = ${remaining(patience)}`,
    `set local idle_in_transaction_session_timeout = ${longestSilence}`,
    `select pg_advisory_xact_lock(${lockClass}, ${place.id})`,
    clockAt(place),
  ].join('; '),
});

/** The snapshot is taken by the question for the time. */
export const reading = (place: Place): Prologue => ({
  onlyReads: true,
  text: [
    'begin isolation level repeatable read, read only',
    `set local search_path = ${escapeIdentifier(place.schema)}`,
    `set local idle_in_transaction_session_timeout = ${longestSilence}`,
    clockAt(place),
  ].join('; '),
});

/** Milliseconds; 0 would be for ever. */
const remaining = ({ until }: Patience): number => Math.max(1, Math.ceil(until - performance.now()));

/** For making or retiring a board, which takes its locks itself. */
export const registering = (patience: Patience): Prologue => ({
  onlyReads: false,
  text: [
    'begin isolation level read committed',
    `set local lock_timeout = ${remaining(patience)}`,
    clock,
  ].join('; '),
});

/** A transaction to run: where, how it begins, and the statement that tells others when it has changed something, if any does. */
interface Plan {
  readonly prologue: Prologue;
  /** Unknown while the board is being made or retired. */
  readonly place: Place | undefined;
  readonly terms: Terms;
  readonly patience: Patience;
  readonly bell: string | undefined;
}

/**
 * Begins, runs `work` and commits; any failure rolls back. A statement that failed has spoilt the transaction, also when
 * `work` went on as if nothing had happened.
 */
export async function transact<T>(
  session: PostgresSession,
  { prologue, place, terms, patience, bell }: Plan,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  let tx: PostgresTransaction | undefined;
  try {
    tx = new PostgresTransaction(session, terms, await begin(session, prologue.text, terms, patience));
    session.enter(place?.schema ?? '');
    const result = await work(tx).finally(() => tx?.end());
    if (prologue.onlyReads) tx.leave();
    else await tx.commit(bell);
    return result;
  } catch (error) {
    await Promise.all([session.rollback(), tx?.settled()]);
    // Whatever came behind a statement that failed, failed because of it.
    const cause = tx?.failure?.error ?? error;
    throw isFault(cause, 'busy') && place !== undefined
      ? await lockedBy(session, place, patience, cause)
      : cause;
  }
}

async function begin(
  session: PostgresSession,
  prologue: string,
  terms: Terms,
  { signal }: Patience,
): Promise<Millis> {
  try {
    const row = await orAborted(session.exec(prologue), signal);
    if (row?.['in_service'] === false) throw new PlaceRetired('The board was archived or removed.');
    return terms.now?.() ?? asMillis(Number(row?.['now']));
  } catch (error) {
    // The store is being closed and the answer has not come: nobody waits for it any more.
    if (signal.aborted) session.abandon();
    throw error;
  }
}

const holderRow = sql(named((row) => ({ pid: Number(row['pid']), name: String(row['name']) })));

/** The fault with the name of who holds the board's lock, unless it has been let go meanwhile. */
async function lockedBy(
  session: PostgresSession,
  place: Place,
  { since }: Patience,
  cause: StoreFault,
): Promise<StoreFault> {
  const holders = session.all(holderRow`
    select l.pid, coalesce(a.application_name, '') as name from pg_locks l left join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.classid = ${lockClass} and l.objid = ${place.id} and l.objsubid = 2 and l.granted
      and l.database = (select oid from pg_database where datname = current_database())
    order by l.pid`);
  const [holder] = await holders.catch(() => []);
  if (holder === undefined) return cause;
  const name = holder.name === '' ? '' : `, “${holder.name}”`;
  return new StoreFault(
    'busy',
    `${sayWhere(session, place)} has been locked by the server's process ${holder.pid}${name} for ${Math.round(performance.now() - since)} ms; ` +
      `try again, or see what it is doing (select * from pg_stat_activity where pid = ${holder.pid}).`,
    { cause },
  );
}

const runNumber = sql(single(integerAs(asRunId)));

class PostgresTransaction implements Tx {
  readonly now: Millis;
  readonly #session: PostgresSession;
  readonly #newId: () => TaskId;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  /** What was sent and nobody waits for; none of it rejects. */
  #sent: Promise<unknown>[] = [];
  /** If all that was sent succeeds, something has changed. */
  #changes = false;

  constructor(session: PostgresSession, { newId }: Terms, now: Millis) {
    this.#session = session;
    this.#newId = newId;
    this.now = now;
  }

  newId(): TaskId {
    return this.#newId();
  }

  newRunIds(count: number): Promise<readonly RunId[]> {
    return this.all(runNumber`
      select nextval(pg_get_serial_sequence('task_runs', 'id')) as value from generate_series(1, ${count})`);
  }

  all<Row>(query: Query<Row>): Promise<Row[]> {
    return this.#ask(() => this.#session.all(query));
  }

  async one<Row>(query: Query<Row>): Promise<Row | undefined> {
    const [row] = await this.all(query);
    return row;
  }

  run(query: Query<never>): void {
    this.#send(() => this.#session.run(query));
  }

  mustChange(query: Query<never>): void {
    this.#send(() => this.#session.mustChange(query));
    this.#changes = true;
  }

  change(query: Query<never>): Promise<number> {
    return this.#ask(() => this.#session.run(query));
  }

  end(): void {
    this.#ended = true;
  }

  /** The first statement that failed. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Resolves when all that was sent is answered. */
  async settled(): Promise<void> {
    await Promise.all(this.#sent);
  }

  /**
   * In one round trip with what was sent before and is not answered, if that is sure to change something: only then must
   * the bell be rung. The server answers the commit of a spoilt transaction with a rollback, and without an error.
   */
  async commit(bell: string | undefined): Promise<void> {
    if (!this.#changes) await this.settled();
    this.#refuseSpoilt();
    // A refused command changed nothing; nobody needs to look.
    const changes = this.#changes || this.#session.hasChanged;
    const text = bell === undefined ? 'commit' : `${bell}; commit`;
    const answered = changes ? this.#session.commit(text) : this.#session.exec('commit');
    await Promise.all([answered, this.settled()]);
    this.#refuseSpoilt();
  }

  /** Ends what only reads: there is nothing to be kept, so nobody waits for its end. */
  leave(): void {
    this.#refuseSpoilt();
    this.#session.leave();
  }

  #refuseSpoilt(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #send(statement: () => Promise<unknown>): void {
    this.#refuseAfterEnd();
    this.#sent.push(this.#ask(statement).catch(() => {}));
  }

  #refuseAfterEnd(): void {
    if (this.#ended) throw new Error('This transaction has ended; its statements cannot be used any more.');
  }

  async #ask<T>(statement: () => Promise<T>): Promise<T> {
    this.#refuseAfterEnd();
    try {
      return await statement();
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }
}
