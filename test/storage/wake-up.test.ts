import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defaultBoard } from '../../src/domain/ids.ts';
import { anotherProcess } from '../support/another-process.ts';
import { note } from '../support/events.ts';
import { openFile } from '../support/stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

it('a commit of another process wakes a follower, which then sees it', async () => {
  const path = join(temporaryFolder(), 'kanban.db');
  const store = openFile(path);
  await note(store, 'start');
  const follower = anotherProcess();
  await follower.ask('open', path);
  await follower.ask('follow');
  for (let id = 2; id < 20; id += 1) {
    await note(store, 'next');
    await until(`event ${id} to be seen`, async () => (await follower.ask('heard')) === id, 3000);
  }
});

it('a program that knows no bell is noticed all the same', async () => {
  const path = join(temporaryFolder(), 'kanban.db');
  const store = openFile(path);
  await note(store, 'start');
  let calls = 0;
  store.follow(defaultBoard, () => {
    calls += 1;
  });
  await until('the first look', () => calls > 0);
  calls = 0;
  const foreign = anotherProcess();
  await foreign.ask(
    'visit',
    path,
    "insert into task_events (task_id, kind, created_at) values ('t', 'k', 1)",
  );
  await until('the look of each second', () => calls > 0, 3000);
});

it('a deleted bell costs a second, not a commit', async () => {
  const path = join(temporaryFolder(), 'kanban.db');
  const [store, other] = [openFile(path), anotherProcess()];
  await note(store, 'start');
  await other.ask('open', path);
  await other.ask('follow');
  await until('the first look', async () => (await other.ask('heard')) === 1);
  rmSync(`${path}.bell`);
  await note(store, 'while nobody rings');
  await until('the net', async () => (await other.ask('heard')) === 2, 3000);
});

it('a process that followed ends by itself once it has closed its store', async () => {
  const path = join(temporaryFolder(), 'kanban.db');
  const other = anotherProcess();
  await other.ask('open', path);
  await other.ask('write', 'mine', 1);
  await other.ask('follow');
  void other.ask('leave').catch(() => {});
  expect(await other.ended).toBe(0);
});
