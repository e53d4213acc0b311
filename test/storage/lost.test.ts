import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { defaultBoard, homeBoard } from '../../src/domain/ids.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { anotherProcess } from '../support/another-process.ts';
import { kinds, note } from '../support/events.ts';
import { openFile } from '../support/stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/** A board's file that was in use and is lost, replaced or emptied: never made anew, and nothing of it vanishes. */

const files = (path: string): string[] => ['', '-wal', '-shm'].map((suffix) => path + suffix);

/** A board with one event, which nobody has open. */
async function finished(path: string, event = 'one'): Promise<void> {
  const store = openSqliteStore({ locate: () => path });
  await note(store, event);
  await store.close();
}

/** Names beside the database that begin with its name and this. */
const beside = (path: string, more: string): string[] =>
  readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}${more}`));

const eventsIn = (path: string): unknown[] => {
  const database = new DatabaseSync(path);
  try {
    return database
      .prepare('select kind from task_events order by id')
      .all()
      .map((row) => row['kind']);
  } finally {
    database.close();
  }
};

async function refusesAll(store: Store, path: string, board = defaultBoard): Promise<void> {
  const fault = {
    name: 'StoreFault',
    code: 'missing',
    message: expect.stringMatching(/andon restore.*kanban\.db\.made/),
  };
  const asks = [
    () => store.write(board, async () => undefined),
    () => store.read(board, async () => undefined),
    () => store.exists(board),
    () => store.health(board),
    () => store.upgrade(board),
  ];
  for (const ask of asks) await expect(ask()).rejects.toMatchObject(fault);
  await expect(store.exists(board)).rejects.toThrow(path);
}

describe('a database that was in use', () => {
  it('is marked by the first opening for writing, by one line beside it', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    const store = openFile(path);
    await kinds(store);
    expect(existsSync(`${path}.made`)).toBe(false);
    await note(store, 'one');
    expect(readFileSync(`${path}.made`, 'utf8')).toMatch(/^In use since 20[^\n]*\n$/);
  });

  it('that another program made is marked likewise, and not by reading', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    await finished(path);
    rmSync(`${path}.made`);
    const store = openFile(path);
    expect(await kinds(store)).toEqual(['one']);
    expect(existsSync(`${path}.made`)).toBe(false);
    await note(store, 'two');
    expect(existsSync(`${path}.made`)).toBe(true);
  });

  const losses: Readonly<Record<string, (path: string) => void>> = {
    'is gone': (path) => rmSync(path),
    'is empty': (path) => truncateSync(path),
    'is another database': (path) => {
      rmSync(path);
      const other = new DatabaseSync(path);
      other.exec('create table notes (id integer)');
      other.close();
    },
  };

  it.each(Object.entries(losses))('and %s refuses every read and write, and is left so', async (_, lose) => {
    const path = join(temporaryFolder(), 'kanban.db');
    await finished(path);
    lose(path);
    const before = statSync(path, { throwIfNoEntry: false })?.size;
    const store = openFile(path);
    await refusesAll(store, path);
    expect(statSync(path, { throwIfNoEntry: false })?.size).toBe(before);
    rmSync(path, { force: true });
    rmSync(`${path}.made`);
    expect(await kinds(store)).toEqual([]);
    await note(store, 'anew');
    expect(await kinds(store)).toEqual(['anew']);
  });

  it.each(Object.entries(losses))('and %s while it is open is refused too', async (_, lose) => {
    const path = join(temporaryFolder(), 'kanban.db');
    const store = openFile(path);
    await note(store, 'one');
    await kinds(store);
    lose(path);
    await refusesAll(store, path);
    await finished(join(dirname(path), 'backup.db'), 'restored');
    renameSync(join(dirname(path), 'backup.db'), path);
    expect(await kinds(store)).toEqual(['restored']);
    await note(store, 'two');
    expect(eventsIn(path)).toEqual(['restored', 'two']);
  });

  it('is protected as the home store is', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    const store = openFile(path);
    await store.write(homeBoard, async () => undefined);
    await store.release(homeBoard);
    rmSync(path);
    await refusesAll(store, path, homeBoard);
  });
});

describe('what a lost file held', () => {
  it('is saved from the open connection, its side files are set aside, and nothing is made', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    const store = openFile(path);
    await note(store, 'one');
    await kinds(store);
    await note(store, 'two');
    rmSync(path);
    await expect(kinds(store)).rejects.toMatchObject({ code: 'missing' });
    await expect(note(store, 'never')).rejects.toMatchObject({ code: 'missing' });
    const copies = beside(path, '.lost-');
    expect(copies).toEqual([expect.stringMatching(/^kanban\.db\.lost-\d+\.db$/)]);
    expect(eventsIn(join(dirname(path), copies[0] ?? ''))).toEqual(['one', 'two']);
    expect(beside(path, '-wal')).toEqual([expect.stringMatching(/-wal\.replaced-\d+$/)]);
    expect(existsSync(path)).toBe(false);
  });

  it('is saved within a second or so where the board is only followed', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    const store = openFile(path);
    await note(store, 'one');
    store.follow(defaultBoard, () => {});
    for (const file of files(path)) rmSync(file);
    await until('the copy', () => beside(path, '.lost-').some((name) => name.endsWith('.db')), 3000);
    expect(existsSync(path)).toBe(false);
  });

  it('is saved when the store is closed, though nobody has asked since', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    const store = openFile(path);
    await note(store, 'one');
    rmSync(path);
    await store.close();
    expect(beside(path, '.lost-')).toHaveLength(1);
  });

  it('fills no disk: of many losses a few copies are kept', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    for (let round = 0; round < 8; round += 1) {
      const store = openFile(path);
      await note(store, `round ${round}`);
      rmSync(path);
      rmSync(`${path}.made`);
      await store.close();
    }
    expect(beside(path, '.lost-')).toHaveLength(5);
  });
});

describe('a file that is replaced while a write waits for its lock', () => {
  it('is not written to: the write lands in the new one', async () => {
    const folder = temporaryFolder();
    const [path, other] = [join(folder, 'kanban.db'), join(folder, 'other.db')];
    await finished(other, 'restored');
    const store = openFile(path);
    await note(store, 'old');
    const holder = anotherProcess();
    await holder.ask('hold', path);
    let written = false;
    const write = note(store, 'new').then(() => {
      written = true;
    });
    await turn();
    renameSync(path, join(folder, 'aside.db'));
    renameSync(other, path);
    expect(written).toBe(false);
    await holder.ask('release');
    await write;
    expect(await kinds(store)).toEqual(['restored', 'new']);
    await store.close();
    expect(eventsIn(path)).toEqual(['restored', 'new']);
    const [copy = ''] = beside(path, '.lost-');
    expect(eventsIn(join(folder, copy))).toEqual(['old']);
  });
});

describe('a file that is replaced while another process has the old one open', () => {
  it.runIf(process.platform === 'linux')(
    'is opened when that process has set its side files aside, and not before: what they hold would be mixed in',
    async () => {
      const folder = temporaryFolder();
      const [path, other] = [join(folder, 'kanban.db'), join(folder, 'other.db')];
      await finished(other, 'restored');
      const holder = anotherProcess();
      await holder.ask('open', path);
      await holder.ask('write', 'old', 3);
      renameSync(other, path);
      const store = openFile(path, 300);
      const refused = {
        code: 'busy',
        message: expect.stringMatching(new RegExp(`was replaced .* process ${holder.pid} `)),
      };
      await expect(note(store, 'never')).rejects.toMatchObject(refused);
      await expect(kinds(store)).rejects.toMatchObject(refused);
      expect(await holder.ask('kinds')).toEqual(['restored']);
      await note(store, 'new');
      expect(await kinds(store)).toEqual(['restored', 'new']);
      const [copy = ''] = beside(path, '.lost-');
      expect(eventsIn(join(folder, copy))).toEqual(['old 0', 'old 1', 'old 2']);
    },
  );

  it('is opened where that process merely lost its locks on it, by reading it past SQLite', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    const store = openFile(path);
    await note(store, 'one');
    await kinds(store);
    closeSync(openSync(path, 'r'));
    const visitor = anotherProcess();
    await visitor.ask('open', path);
    expect(await visitor.ask('kinds')).toEqual(['one']);
  });
});

describe('a network file system', () => {
  it.each([
    ['NFS', 0x6969],
    ['SMB', 0xfe534d42],
    ['SMB', 0x517b],
    ['CIFS', 0xff534d42 | 0],
    ['9p', 0x01021997],
    ['FUSE', 0x65735546],
  ])('%s (type %i) is refused in one sentence, and nothing is made there', async (name, type) => {
    const path = join(temporaryFolder(), 'board', 'kanban.db');
    const store = openSqliteStore({ locate: () => path, typeOf: () => type });
    await expect(note(store, 'never')).rejects.toMatchObject({
      code: 'unsafe',
      message: expect.stringMatching(new RegExp(`${path} .*\\(${name}.*ANDON_ALLOW_NETWORK_FS=1`)),
    });
    expect(existsSync(path)).toBe(false);
    await store.close();
  });

  it('is refused to readers of a board that stands there already', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    await finished(path);
    const store = openSqliteStore({ locate: () => path, typeOf: () => 0x6969 });
    await expect(kinds(store)).rejects.toMatchObject({ code: 'unsafe' });
    await store.close();
  });

  it('is used when somebody insists', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    const store = openSqliteStore({ locate: () => path, typeOf: () => 0x6969, allowsNetwork: true });
    await note(store, 'one');
    expect(await kinds(store)).toEqual(['one']);
    await store.close();
  });

  it('is not what a local disk is taken for', async () => {
    writeFileSync(join(temporaryFolder(), 'x'), '');
    const path = join(temporaryFolder(), 'kanban.db');
    await note(openFile(path), 'one');
  });
});
