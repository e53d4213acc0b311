import { copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { kinds, note } from '../support/events.ts';
import { openFile } from '../support/stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Another process makes a board between two looks of this one: it is no board that was lost. */

const meanwhile = vi.hoisted(() => ({ happens: (): void => {} }));

vi.mock(import('../../src/store/sqlite/made-mark.ts'), async (original) => {
  const real = await original();
  return {
    ...real,
    isMarked: (path) => {
      meanwhile.happens();
      return real.isMarked(path);
    },
  };
});

const once = (work: () => void) => (): void => {
  meanwhile.happens = () => {};
  work();
};

/** A board with one event that nobody has open, and its mark. */
async function ready(): Promise<string> {
  const path = join(temporaryFolder(), 'kanban.db');
  const store = openSqliteStore({ locate: () => path });
  await note(store, 'one');
  await store.close();
  return path;
}

/** Makes the tables of the board `from` in the file `path`, with their rows. */
function makeTables(path: string, from: string): void {
  const database = new DatabaseSync(path);
  database.exec(`attach '${from}' as ready; begin immediate`);
  const tables = database.prepare(
    "select name, sql from ready.sqlite_schema where type = 'table' and name not like 'sqlite%'",
  );
  for (const { name, sql } of tables.all()) {
    database.exec(String(sql));
    database.exec(`insert into main.${name} select * from ready.${name}`);
  }
  database.exec('commit');
  database.close();
}

describe('a board that another process makes just now', () => {
  beforeEach(() => {
    meanwhile.happens = () => {};
  });

  it('is there, when its file was not there a moment before', async () => {
    const other = await ready();
    const path = join(temporaryFolder(), 'kanban.db');
    const store = openFile(path);
    meanwhile.happens = once(() => {
      for (const suffix of ['', '.made']) copyFileSync(other + suffix, path + suffix);
    });
    expect(await kinds(store)).toEqual(['one']);
  });

  it('is there, when its file had no tables a moment before', async () => {
    const other = await ready();
    const path = join(dirname(other), 'new.db');
    const empty = new DatabaseSync(path);
    empty.exec('pragma user_version = 1');
    empty.close();
    const store = openFile(path);
    meanwhile.happens = once(() => {
      makeTables(path, other);
      copyFileSync(`${other}.made`, `${path}.made`);
    });
    expect(await kinds(store)).toEqual(['one']);
  });
});
