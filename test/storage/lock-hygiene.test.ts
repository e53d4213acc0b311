import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type BoardId, defaultBoard } from '../../src/domain/ids.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { anotherProcess } from '../support/another-process.ts';
import { kinds, note } from '../support/events.ts';
import { ownLocks } from '../support/locks.ts';
import { openFile } from '../support/stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/**
 * Closing any descriptor of a database file drops every lock that this process holds on it; the next last close by anybody
 * then unlinks the WAL under a live writer. So no verb may change what `/proc/locks` says about us.
 */

it.runIf(process.platform === 'linux')('no verb of a store loses a lock of this process', async () => {
  const path = join(temporaryFolder(), 'kanban.db');
  const store = openFile(path);
  await note(store, 'warm');
  await kinds(store);
  const before = ownLocks(path);
  expect(before.length).toBeGreaterThanOrEqual(2);

  await note(store, 'a write');
  expect(ownLocks(path)).toEqual(before);
  await expect(store.write(defaultBoard, async () => Promise.reject(new Error('no')))).rejects.toThrow();
  expect(ownLocks(path)).toEqual(before);
  await kinds(store);
  expect(ownLocks(path)).toEqual(before);
  await store.exists(defaultBoard);
  expect(ownLocks(path)).toEqual(before);

  let calls = 0;
  const end = store.follow(defaultBoard, () => {
    calls += 1;
  });
  await note(store, 'followed');
  await until('the call', () => calls > 0);
  end();
  expect(ownLocks(path)).toEqual(before);

  const second = openSqliteStore({ locate: () => path });
  await note(second, 'through another store');
  await kinds(second);
  await second.close();
  expect(ownLocks(path)).toEqual(before);
});

it.runIf(process.platform === 'linux')('a single raw read of the file would be seen here', async () => {
  const path = join(temporaryFolder(), 'kanban.db');
  const store = openFile(path);
  await note(store, 'warm');
  await kinds(store);
  const before = ownLocks(path);
  closeSync(openSync(path, 'r'));
  expect(ownLocks(path)).not.toEqual(before);
});

it('what is written stays visible when another process comes and goes', async () => {
  const path = join(temporaryFolder(), 'kanban.db');
  const store = openFile(path);
  await note(store, 'one');
  await kinds(store);
  const visitor = anotherProcess();
  for (const round of ['two', 'three']) {
    await visitor.ask('visit', path, "update tasks set title = 'visited'");
    await note(store, round);
  }
  await visitor.ask('open', path);
  expect(await visitor.ask('kinds')).toEqual(['one', 'two', 'three']);
});

it('two slugs on one file are one handle', async () => {
  const folder = temporaryFolder();
  const store = openSqliteStore({ locate: () => join(folder, 'pinned.db') });
  const other = 'other' as BoardId;
  await note(store, 'as default');
  await kinds(store);
  const before = ownLocks(join(folder, 'pinned.db'));
  await note(store, 'as other', other);
  expect(await kinds(store, other)).toEqual(['as default', 'as other']);
  expect(ownLocks(join(folder, 'pinned.db'))).toEqual(before);

  let calls = 0;
  store.follow(other, () => {
    calls += 1;
  });
  await note(store, 'as default');
  await until('the follower under the other name', () => calls > 0);
  await store.close();
  expect(ownLocks(join(folder, 'pinned.db'))).toEqual([]);
});
