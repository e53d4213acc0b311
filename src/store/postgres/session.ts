import { createHash } from 'node:crypto';
import { DatabaseError, type FieldDef, type PoolClient } from 'pg';
import type { NamedRow, Query } from '../sql.ts';
import { changedNothing } from '../transaction.ts';
import { type Address, isSpent, type Stage, toPostgresFault } from './faults.ts';

/** More texts than the product has; a bound only for lists of many lengths. */
export const mostStatements = 500;

interface Text {
  readonly text: string;
  /** The same text has the same name in every session. */
  readonly name: string;
  /** Of its last rows. */
  columns: readonly string[];
}

const texts = new Map<string, Text>();

/** `$1, $2 …` where the tag left gaps. */
function spelled(parts: readonly string[]): Text {
  const key = parts.join('?');
  const known = texts.get(key);
  if (known !== undefined) return known;
  if (texts.size >= mostStatements) texts.clear();
  const text = parts.reduce((before, part, index) => `${before}$${index}${part}`);
  const built = { text, name: createHash('sha1').update(text).digest('base64url').slice(0, 16), columns: [] };
  texts.set(key, built);
  return built;
}

/** The names of the columns: the same list as long as the text gives the same, so that a decoder is bound to it once. */
function columnsOf(text: Text, fields: readonly FieldDef[]): readonly string[] {
  const { columns } = text;
  const same = columns.length === fields.length && fields.every(({ name }, at) => name === columns[at]);
  if (!same) text.columns = fields.map(({ name }) => name);
  return text.columns;
}

const failingOnNothing = (parts: readonly string[]): readonly string[] => {
  const inner = [...parts];
  inner[0] = `with changed as (${inner[0]}`;
  inner[inner.length - 1] += ' returning 1) select 1 / count(*) from changed';
  return inner;
};

/** A division by zero: `failingOnNothing` has counted. */
const isNothing = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof DatabaseError && error.cause.code === '22012';

/**
 * One session of the server, for one piece of work; throws `StoreFault`s. Statements are prepared under a name per
 * schema: one name for several schemas would be planned anew whenever the board changes (10 % slower), and refused when
 * their tables have their columns in another order.
 */
export class PostgresSession {
  readonly address: Address;
  readonly #client: PoolClient;
  readonly #names: Set<string>;
  #schema = '';
  #stage: Stage = 'working';
  #broken = false;
  #changed = false;

  /** `names` are the statements that the client has prepared so far. */
  constructor(client: PoolClient, names: Set<string>, address: Address) {
    this.#client = client;
    this.#names = names;
    this.address = address;
  }

  /** Cannot be used again. */
  get isBroken(): boolean {
    return this.#broken || this.#names.size > mostStatements;
  }

  /** A statement has changed a row. */
  get hasChanged(): boolean {
    return this.#changed;
  }

  /** The schema that statements speak of from now on, which the caller has put into the search path. */
  enter(schema: string): void {
    this.#schema = schema;
  }

  async all<Row>(query: Query<Row>): Promise<Row[]> {
    const { rows, fields } = await this.#query(query);
    return rows.map(query.decode(columnsOf(spelled(query.parts), fields)));
  }

  /** Gives the number of rows changed. */
  async run(query: Query<never>): Promise<number> {
    return (await this.#query(query)).rowCount ?? 0;
  }

  /** The server itself fails when no row is changed, and with it whatever was sent behind: nobody need wait to look. */
  async mustChange(query: Query<never>): Promise<void> {
    try {
      await this.#query({ ...query, parts: failingOnNothing(query.parts) });
      this.#changed = true;
    } catch (error) {
      throw isNothing(error) ? changedNothing(query) : error;
    }
  }

  /** Runs statements without parameters in one round trip; gives the last one's only row. */
  async exec(text: string): Promise<NamedRow | undefined> {
    const results = await this.#named(text, () => this.#client.query<NamedRow>(text));
    // The driver gives a list when there are several statements.
    return [results].flat().at(-1)?.rows[0];
  }

  /** As `exec`; a connection that is lost meanwhile leaves it unknown whether the transaction was kept. */
  async commit(text: string): Promise<void> {
    this.#stage = 'committing';
    await this.exec(text);
    this.#stage = 'working';
  }

  /**
   * Ends a transaction that has only read. Whoever has the session next asks behind this, in the same pipeline, and finds
   * out by that if the connection is lost.
   */
  leave(): void {
    this.exec('commit').catch(() => {});
  }

  /** Never throws: the failure that led here is the one to report. */
  async rollback(): Promise<void> {
    if (this.#broken) return;
    try {
      await this.exec('rollback');
    } catch {
      this.#broken = true;
    }
  }

  /** Gives the session up in the middle of a statement: it is closed instead of being used again. */
  abandon(): void {
    this.#broken = true;
    // The driver would wait for the answer before it closes.
    this.#client.connection.stream.destroy();
  }

  async #query(query: Query<unknown>) {
    const { text, name } = spelled(query.parts);
    const own = `${this.#schema}:${name}`;
    this.#names.add(own);
    const result = await this.#named(text, () =>
      this.#client.query<unknown[]>({ name: own, text, values: [...query.values], rowMode: 'array' }),
    );
    if (result.command !== 'SELECT' && (result.rowCount ?? 0) > 0) this.#changed = true;
    return result;
  }

  async #named<T>(text: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (isSpent(error)) this.#broken = true;
      throw toPostgresFault(error, this.address, this.#stage, text);
    }
  }
}
