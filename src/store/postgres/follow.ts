import { Client, type ClientConfig, escapeLiteral } from 'pg';
import type { BoardId } from '../../domain/ids.ts';

/** Milliseconds. The net under the notifications: one that was lost costs this long. */
const netInterval = 5000;
const [shortestBackOff, longestBackOff] = [100, 5000];
/** Commits that come closer together than this are one call. */
const shortestGap = 10;

/** The channel of all boards: a listener of a board that is made later needs no name that does not exist yet. */
const channel = 'andon';

interface Listener {
  readonly board: BoardId;
  readonly call: () => void;
  calledAt: number;
  scheduled: NodeJS.Timeout | undefined;
}

/**
 * Who wants to know of commits. Notifications are hints: on a session of their own, which may be cut without a word. The
 * net compares the server's snapshot of transactions, which is the same as before only if nobody has committed; it also
 * shows that the session still lives. It keeps the process alive while somebody follows.
 */
export class PostgresFollowers {
  readonly #config: ClientConfig;
  /** Marks our own notifications: own commits are told directly. */
  readonly #sender: string;
  readonly #listeners = new Set<Listener>();
  #client: Client | undefined;
  /** `starting` until the first look: it tells everybody, so nobody needs to be told before. */
  #state: 'idle' | 'starting' | 'following' = 'idle';
  #snapshot: string | undefined;
  #backOff = shortestBackOff;
  #timer: NodeJS.Timeout | undefined;

  constructor(config: ClientConfig, sender: string) {
    this.#config = { ...config, query_timeout: netInterval };
    this.#sender = sender;
  }

  /** The statement that tells everybody else of a commit to the board. */
  bellOf(board: BoardId): string {
    return `notify ${channel}, ${escapeLiteral(`${this.#sender} ${board}`)}`;
  }

  add(board: BoardId, call: () => void): () => void {
    const listener: Listener = { board, call, calledAt: 0, scheduled: undefined };
    this.#listeners.add(listener);
    if (this.#state === 'idle') {
      this.#state = 'starting';
      void this.#connect();
    }
    return () => {
      clearTimeout(listener.scheduled);
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) void this.close();
    };
  }

  /** Tells those who follow the board, or everybody, soon and at most once per gap. */
  publish(board?: BoardId): void {
    if (this.#state === 'starting') return;
    for (const listener of this.#listeners) {
      if (board === undefined || listener.board === board) schedule(listener);
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    for (const { scheduled } of this.#listeners) clearTimeout(scheduled);
    this.#listeners.clear();
    const client = this.#client;
    this.#client = undefined;
    this.#snapshot = undefined;
    this.#state = 'idle';
    await client?.end().catch(() => {});
  }

  /** Listens before it looks: a commit between the two is then heard. */
  async #connect(): Promise<void> {
    const client = new Client(this.#config);
    this.#client = client;
    client.on('error', () => this.#lose(client));
    client.on('end', () => this.#lose(client));
    client.on('notification', ({ payload = '' }) => {
      const [sender, board] = payload.split(' ');
      if (sender !== this.#sender) this.publish(board as BoardId);
    });
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
      await this.#look(client);
      this.#backOff = shortestBackOff;
    } catch {
      this.#lose(client);
    }
  }

  async #look(client: Client): Promise<void> {
    try {
      const { rows } = await client.query<{ snapshot: string }>(
        'select pg_current_snapshot()::text as snapshot',
      );
      if (client !== this.#client) return;
      const before = this.#snapshot;
      this.#snapshot = rows[0]?.snapshot;
      this.#state = 'following';
      if (before !== this.#snapshot) this.publish();
      this.#timer = setTimeout(() => void this.#look(client), netInterval);
    } catch {
      this.#lose(client);
    }
  }

  /** Not an error of anybody's: every read or write says itself that the server is away. */
  #lose(client: Client): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    client.end().catch(() => {});
    clearTimeout(this.#timer);
    if (this.#state === 'starting') {
      this.#state = 'following';
      this.publish();
    }
    this.#timer = setTimeout(() => void this.#connect(), this.#backOff);
    this.#backOff = Math.min(this.#backOff * 2, longestBackOff);
  }
}

function schedule(listener: Listener): void {
  const wait = Math.max(0, listener.calledAt + shortestGap - performance.now());
  listener.scheduled ??= setTimeout(() => {
    listener.scheduled = undefined;
    listener.calledAt = performance.now();
    listener.call();
  }, wait);
}
