import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { asMillis, asSeconds, defaultBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres.ts';
import { named, sql } from '../../src/store/sql.ts';
import { openArchive } from '../../src/store/sqlite/archive.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { insertEvent, kinds, selectKinds } from './events.ts';

/** Another real process on a database file. It does what its parent asks: see `another-process.ts`. */

let store: Store | undefined;
let holder: DatabaseSync | undefined;
let end: (() => void) | undefined;
const heard: number[] = [];

const opened = (): Store => {
  if (!store) throw new Error('Open the store first.');
  return store;
};

const lastId = (): Promise<number> =>
  opened().read(defaultBoard, async (reader) => {
    const row = await reader.one(
      sql(named((found) => Number(found['id'])))`select coalesce(max(id), 0) as id from task_events`,
    );
    return row ?? 0;
  });

const acts = {
  /** Opens a file, or a `postgres://` address. */
  async open(place: string): Promise<void> {
    store = place.startsWith('postgres')
      ? openPostgresStore({ url: place, lockTimeout: asMillis(20_000) })
      : openSqliteStore({ locate: () => place, deadline: asMillis(20_000) });
  },
  /** Writes `count` events in a transaction each; gives the longest wait in milliseconds. */
  async write(name: string, count: number): Promise<number> {
    let longest = 0;
    for (let number = 0; number < count; number += 1) {
      const before = performance.now();
      await opened().write(defaultBoard, (tx) => insertEvent(tx, `${name} ${number}`));
      longest = Math.max(longest, performance.now() - before);
    }
    return longest;
  },
  /** Claims and completes ready tasks of the board, in the same order as everybody else, until there are none. */
  async race(): Promise<Race> {
    const kernel = createKernel(opened());
    const race = { won: [] as string[], lost: 0, longest: 0 };
    const timed = async <Value>(work: Promise<Value>): Promise<Value> => {
      const before = performance.now();
      const value = await work;
      race.longest = Math.max(race.longest, performance.now() - before);
      return value;
    };
    for (;;) {
      const ready = await kernel.list(defaultBoard, { status: 'ready', limit: 3 });
      if (!ready.ok || ready.value.length === 0) return race;
      for (const { id: task_id } of ready.value) {
        const claim_lock = `here:${process.pid}`;
        const input = { task_id, claim_lock, ttl_seconds: asSeconds(900), workspace_path: null };
        const claimed = await timed(kernel.claim(defaultBoard, input));
        if (!claimed.ok) {
          race.lost += 1;
          continue;
        }
        race.won.push(task_id);
        const done = { task_id, run_id: claimed.value.run_id, summary: String(process.pid) };
        const completed = await timed(kernel.complete(defaultBoard, done));
        if (!completed.ok) throw new Error(completed.refusal.sentence);
      }
    }
  },
  kinds: (): Promise<string[]> => kinds(opened()),
  /** From now on remembers, at each call, which event is the newest. */
  async follow(): Promise<void> {
    end = opened().follow(defaultBoard, () => void lastId().then((id) => heard.push(id)));
  },
  heard: async (): Promise<number> => heard.at(-1) ?? 0,
  /** Takes the write lock without any of our code, and keeps it. */
  async hold(path: string): Promise<void> {
    holder = new DatabaseSync(path);
    holder.exec('begin immediate');
  },
  async release(): Promise<void> {
    holder?.exec('rollback');
    holder?.close();
  },
  /** Opens, writes and closes as the last one there would: SQLite then removes a WAL that nobody seems to use. */
  async visit(path: string, text: string): Promise<void> {
    const database = new DatabaseSync(path);
    database.exec(text);
    database.close();
  },
  /** Restores a backup over the board at `path`, and is killed at step `killAt`; gives how many steps there were. */
  async restore(path: string, backup: string, aside: string, killAt: number): Promise<number> {
    const archive = openArchive({ locate: () => path, allowsNetwork: false });
    let steps = 0;
    const onStep = (): void => {
      steps += 1;
      if (steps === killAt) process.kill(process.pid, 'SIGKILL');
    };
    await archive.restore(defaultBoard, backup, { aside, epochs: new Map() }, selectKinds, onStep);
    return steps;
  },
  remove: async (path: string): Promise<void> => rmSync(path, { force: true }),
  /** Ends all that could keep this process alive, but not the process. */
  async leave(): Promise<void> {
    end?.();
    await store?.close();
    process.removeAllListeners('message');
    process.disconnect();
  },
};

/** What one of several that raced for the same tasks tells; the longest command in milliseconds. */
export interface Race {
  readonly won: readonly string[];
  readonly lost: number;
  readonly longest: number;
}

export type Acts = typeof acts;
export interface Request {
  readonly id: number;
  readonly act: keyof Acts;
  readonly args: readonly unknown[];
}
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly fault?: string;
}

process.on('message', async ({ id, act, args }: Request) => {
  const answer = (result: Omit<Answer, 'id'>) => process.send?.({ id, ...result });
  try {
    const value = await Reflect.apply(acts[act], acts, args);
    if (process.connected) answer({ value });
  } catch (error) {
    answer({ fault: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
  }
});
