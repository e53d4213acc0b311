import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { defaultBoard } from '../../src/domain/ids.ts';
import { named, sql } from '../../src/store/sql.ts';
import type { Store } from '../../src/store/store.ts';
import { type AnotherProcess, anotherProcess } from '../support/another-process.ts';
import { kinds } from '../support/events.ts';
import { openFile } from '../support/stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

async function writersOn(path: string, count: number): Promise<AnotherProcess[]> {
  const writers = Array.from({ length: count }, () => anotherProcess());
  await Promise.all(writers.map((writer) => writer.ask('open', path)));
  return writers;
}

/** Reads on from its cursor at each call, as every follower of the log does. */
function collector(store: Store): readonly number[] {
  const seen: number[] = [];
  let reading = Promise.resolve();
  const readOn = async () => {
    const rows = await store.read(defaultBoard, (reader) =>
      reader.all(sql(named((row) => Number(row['id'])))`
        select id from task_events where id > ${seen.at(-1) ?? 0} order by id`),
    );
    seen.push(...rows);
  };
  store.follow(defaultBoard, () => {
    reading = reading.then(readOn);
  });
  return seen;
}

const health = (path: string): unknown => {
  const database = new DatabaseSync(path);
  try {
    return database.prepare('pragma integrity_check').get();
  } finally {
    database.close();
  }
};

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

it('six processes make a board together: no write is lost, none starves, a follower sees each once and in order', async () => {
  const path = join(temporaryFolder(), 'kanban.db');
  const [each, store] = [40, openFile(path)];
  const seen = collector(store);
  const writers = await writersOn(path, 6);
  const waits = await Promise.all(writers.map((writer, name) => writer.ask('write', `${name}:`, each)));

  const written = await kinds(store);
  for (const name of writers.keys()) {
    expect(written.filter((kind) => kind.startsWith(`${name}:`))).toEqual(
      numbers(0, each).map((number) => `${name}: ${number}`),
    );
  }
  await until('the follower to see everything', () => seen.length === 6 * each);
  expect(seen).toEqual(numbers(1, 6 * each + 1));
  // SQLite's own waiting let one of four starve as long as the others went on: 4 s. Generous, for a loaded machine.
  expect(Math.max(...waits)).toBeLessThan(3000);
  expect(health(path)).toEqual({ integrity_check: 'ok' });
});

it('writers that are killed in the middle leave a whole board, which the others go on with', async () => {
  const path = join(temporaryFolder(), 'kanban.db');
  const store = openFile(path);
  const [doomed, steady] = [await writersOn(path, 3), await writersOn(path, 2)];
  const cut = doomed.map((writer, name) => writer.ask('write', `doomed ${name}:`, 100_000).catch(() => {}));
  const kept = steady.map((writer, name) => writer.ask('write', `steady ${name}:`, 30));
  await until('the doomed to write', async () => (await kinds(store)).length > 20);
  for (const [place, writer] of doomed.entries()) {
    writer.kill('SIGKILL');
    await cut[place];
  }
  await Promise.all(kept);

  const written = await kinds(store);
  for (const name of doomed.keys()) {
    const own = written.filter((kind) => kind.startsWith(`doomed ${name}:`));
    expect(own).toEqual(numbers(0, own.length).map((number) => `doomed ${name}: ${number}`));
  }
  expect(written.filter((kind) => kind.startsWith('steady'))).toHaveLength(60);
  expect(health(path)).toEqual({ integrity_check: 'ok' });
});
