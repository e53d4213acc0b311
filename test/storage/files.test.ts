import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { asProfileName, type BoardId, defaultBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { value } from '../support/board.ts';
import { insertEvent, kinds, note } from '../support/events.ts';
import { openFile } from '../support/stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/** A finished board with these events, which nobody has open. */
async function boardAt(path: string, ...events: string[]): Promise<void> {
  const store = openSqliteStore({ locate: () => path });
  for (const event of events) await note(store, event);
  await store.close();
}

const pragma = (path: string, name: string): unknown => {
  const database = new DatabaseSync(path);
  try {
    return Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0];
  } finally {
    database.close();
  }
};

describe('a file', () => {
  it('is made with its folders by the first write, in WAL mode and without marks of ours', async () => {
    const path = join(temporaryFolder(), 'a', 'b', 'kanban.db');
    await boardAt(path, 'one');
    expect(pragma(path, 'journal_mode')).toBe('wal');
    expect(pragma(path, 'user_version')).toBe(0);
    expect(pragma(path, 'application_id')).toBe(0);
    expect(pragma(path, 'integrity_check')).toBe('ok');
  });

  it('is not made by reading, asking or following', async () => {
    const path = join(temporaryFolder(), 'none', 'kanban.db');
    const store = openFile(path);
    expect(await kinds(store)).toEqual([]);
    expect(await store.exists(defaultBoard)).toBe(false);
    store.follow(defaultBoard, () => {})();
    expect(existsSync(join(path, '..'))).toBe(false);
  });

  it('that is empty reads as a board that was never made, and becomes one by a write', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    writeFileSync(path, '');
    const store = openFile(path);
    expect(await kinds(store)).toEqual([]);
    expect(await store.exists(defaultBoard)).toBe(false);
    await note(store, 'one');
    expect(await kinds(store)).toEqual(['one']);
  });

  it('keeps the journal mode that somebody gave it', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    await boardAt(path, 'one');
    const database = new DatabaseSync(path);
    database.exec('pragma journal_mode = delete');
    database.close();
    await boardAt(path, 'two');
    expect(pragma(path, 'journal_mode')).toBe('delete');
  });

  it('is one file under all its names', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    const store = openSqliteStore({
      locate: (board) => join(folder, board === defaultBoard ? 'real' : 'link', 'kanban.db'),
    });
    const other = 'other' as BoardId;
    await Promise.all([note(store, 'a'), note(store, 'b', other), note(store, 'c')]);
    expect(await kinds(store, other)).toEqual(['a', 'b', 'c']);
    await store.close();
  });

  it('that was replaced while it was open is opened anew', async () => {
    const folder = temporaryFolder();
    const [path, restored] = [join(folder, 'kanban.db'), join(folder, 'restored.db')];
    await boardAt(restored, 'restored');
    const store = openFile(path);
    await note(store, 'old');
    await kinds(store);
    let calls = 0;
    store.follow(defaultBoard, () => {
      calls += 1;
    });
    await until('the first look', () => calls > 0);
    calls = 0;
    renameSync(path, join(folder, 'aside.db'));
    renameSync(restored, path);
    await until('followers to be told', () => calls > 0, 3000);
    expect(await kinds(store)).toEqual(['restored']);
    await note(store, 'new');
    expect(await kinds(store)).toEqual(['restored', 'new']);
  });

  it('that was replaced under a reader is not mixed with the WAL of the old one, which is kept', async () => {
    const folder = temporaryFolder();
    const [path, restored] = [join(folder, 'kanban.db'), join(folder, 'restored.db')];
    await boardAt(restored, 'restored');
    const store = openFile(path);
    await note(store, 'old');
    await kinds(store);
    renameSync(restored, path);
    expect(await kinds(store)).toEqual(['restored']);
    expect(readdirSync(folder).filter((name) => /kanban\.db-wal\.replaced-\d+$/.test(name))).toHaveLength(1);
    await note(store, 'new');
    await store.close();
    expect(pragma(path, 'integrity_check')).toBe('ok');
  });

  it.each([
    ['one more', ["alter table tasks add column theirs text default 'theirs'"]],
    [
      'them in another order',
      ['alter table tasks drop column max_retries', 'alter table tasks add column max_retries integer'],
    ],
  ])(
    'whose table another program gives columns, %s, while we read it is read as before',
    async (_, changes) => {
      const path = join(temporaryFolder(), 'kanban.db');
      const kernel = createKernel(openFile(path));
      const { task } = value(await kernel.create(defaultBoard, { title: 'Read twice', priority: 3 }));
      const read = async () => value(await kernel.show(defaultBoard, { task_id: task.id })).task;
      value(await kernel.assign(defaultBoard, { task_id: task.id, assignee: asProfileName('reader') }));
      const before = await read();
      const other = new DatabaseSync(path);
      for (const change of changes) other.exec(change);
      other.close();
      expect(await read()).toEqual(before);
      value(await kernel.complete(defaultBoard, { task_id: task.id, summary: 'Read' }));
      expect(await read()).toMatchObject({ title: 'Read twice', priority: 3, status: 'done' });
    },
  );

  it('whose connection was closed under us is opened anew', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    const store = openFile(path);
    const seen = new Set<DatabaseSync>();
    const { exec } = DatabaseSync.prototype;
    DatabaseSync.prototype.exec = function recorded(text) {
      seen.add(this);
      return exec.call(this, text);
    };
    try {
      await note(store, 'one');
      await kinds(store);
    } finally {
      DatabaseSync.prototype.exec = exec;
    }
    expect(seen.size).toBe(2);
    for (const database of seen) database.close();
    await note(store, 'two');
    expect(await kinds(store)).toEqual(['one', 'two']);
  });
});

describe('a broken file', () => {
  const nonsense = {
    'text of a few bytes': Buffer.from('hello\n'),
    'a page of TLS bytes': Buffer.concat([
      Buffer.from([0x17, 0x03, 0x03, 0x40, 0x00]),
      Buffer.alloc(8192, 0xa7),
    ]),
    'a good header and nothing behind it': Buffer.concat([
      Buffer.from('SQLite format 3\0'),
      Buffer.alloc(4080, 0xff),
    ]),
  };

  it.each(Object.entries(nonsense))('%s is refused by path and left as it is', async (_, bytes) => {
    const path = join(temporaryFolder(), 'kanban.db');
    writeFileSync(path, bytes);
    const store = openFile(path);
    const fault = { name: 'StoreFault', code: 'corrupt', message: expect.stringContaining(path) };
    await expect(note(store, 'never')).rejects.toMatchObject(fault);
    await expect(kinds(store)).rejects.toMatchObject(fault);
    await expect(store.exists(defaultBoard)).rejects.toMatchObject(fault);
    await store.close();
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  it('is used again as soon as a good one stands in its place', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'kanban.db');
    writeFileSync(path, nonsense['text of a few bytes']);
    const store = openFile(path);
    await expect(kinds(store)).rejects.toMatchObject({ code: 'corrupt' });
    await boardAt(join(folder, 'backup.db'), 'restored');
    renameSync(join(folder, 'backup.db'), path);
    expect(await kinds(store)).toEqual(['restored']);
  });

  it('a folder in its place is an input or output fault that names it', async () => {
    const path = join(temporaryFolder(), 'kanban.db');
    mkdirSync(path);
    await expect(note(openFile(path), 'never')).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(path),
    });
  });

  it('a file in the place of its folder likewise', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'kanban'), '');
    const path = join(folder, 'kanban', 'kanban.db');
    await expect(note(openFile(path), 'never')).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(path),
    });
  });
});

describe('a transaction that waits for something else', () => {
  it.each([
    ['a timer', () => pause(50)],
    ['a file', () => stat('.')],
  ])('%s is undone, says so, and holds nobody up', async (_, wait) => {
    const store = openFile(join(temporaryFolder(), 'kanban.db'));
    await note(store, 'before');
    const slow = store.write(defaultBoard, async (tx) => {
      await insertEvent(tx, 'never');
      await wait();
    });
    const next = note(store, 'next');
    await expect(slow).rejects.toThrow('awaited something other than its own statements');
    await next;
    expect(await kinds(store)).toEqual(['before', 'next']);
  });

  it('another transaction on the same board, which would wait forever', async () => {
    const store = openFile(join(temporaryFolder(), 'kanban.db'));
    const nested = store.write(defaultBoard, async () => note(store, 'inner'));
    await expect(nested).rejects.toThrow('another transaction');
    await until('the inner one', async () => (await kinds(store)).includes('inner'));
  });

  it('a read counts too', async () => {
    const store = openFile(join(temporaryFolder(), 'kanban.db'));
    await note(store, 'before');
    await expect(store.read(defaultBoard, () => pause(50))).rejects.toThrow('awaited something other');
    expect(await kinds(store)).toEqual(['before']);
  });
});
