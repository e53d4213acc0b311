import { Client, type ClientConfig, Pool, type PoolClient, types } from 'pg';
import { StoreFault } from '../store.ts';
import { type Address, toPostgresFault } from './faults.ts';
import { PostgresSession } from './session.ts';

/** One writer per board and a few readers; whoever waits for a board's turn waits before it takes a session. */
const mostSessions = 8;
/** Milliseconds. A connection that is not there by then will not come. */
export const connectTimeout = 10_000;
const idleTimeout = 60_000;
/** No statement of ours takes as long; a connection that stopped without a word is given up. */
const answerTimeout = 120_000;

const int8 = 20;

function toInteger(digits: string): number {
  const number = Number(digits);
  if (Number.isSafeInteger(number)) return number;
  throw new StoreFault('unreadable', `PostgreSQL gave the integer ${digits}, which is beyond 2^53.`);
}

const getTypeParser: typeof types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === int8 ? toInteger : types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text');

/** The sessions of this process on one database. They do not keep the process alive while nobody uses them. */
export class PostgresServer {
  readonly address: Address;
  readonly config: ClientConfig;
  readonly #pool: Pool;
  readonly #prepared = new WeakMap<PoolClient, Set<string>>();
  readonly #closing: AbortSignal;

  constructor(url: string, closing: AbortSignal) {
    this.config = {
      connectionString: url,
      application_name: `andon ${process.pid}`,
      connectionTimeoutMillis: connectTimeout,
      query_timeout: answerTimeout,
      keepAlive: true,
      types: { getTypeParser },
    };
    this.address = addressOf(this.config);
    this.#closing = closing;
    this.#pool = new Pool({
      ...this.config,
      max: mostSessions,
      // What is asked in one turn of the event loop travels together, in its order.
      pipeline: true,
      idleTimeoutMillis: idleTimeout,
      allowExitOnIdle: true,
    });
    // A lost session is told to whoever uses it next, by its statement; without a listener it would end the process.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  /** Runs `work` with a session, which goes back afterwards, or is closed when it broke. */
  async use<T>(work: (session: PostgresSession) => Promise<T>): Promise<T> {
    this.#closing.throwIfAborted();
    const client = await this.#connect();
    const session = new PostgresSession(client, this.#preparedBy(client), this.address);
    try {
      return await work(session);
    } finally {
      client.release(session.isBroken);
    }
  }

  /** Waits for the sessions that are in use. */
  close(): Promise<void> {
    return this.#pool.end();
  }

  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw toPostgresFault(error, this.address, 'connecting');
    }
  }

  #preparedBy(client: PoolClient): Set<string> {
    const known = this.#prepared.get(client) ?? new Set();
    this.#prepared.set(client, known);
    return known;
  }
}

/** What the driver makes of the address, defaults of the environment included. Nothing is connected. */
function addressOf(config: ClientConfig): Address {
  try {
    if (!/^postgres(ql)?:\/\//.test(config.connectionString ?? '')) throw new Error('Not of this kind.');
    const { host, port, database = '', user = '' } = new Client(config);
    return { host, port, database, user };
  } catch {
    // The driver's error may hold the address, and with it the password.
    throw new StoreFault(
      'io',
      "The store's address cannot be read: expected postgres://user:password@host:port/database.",
    );
  }
}
