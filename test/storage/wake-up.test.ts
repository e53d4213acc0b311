import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { asMillis, defaultBoard, homeBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { anotherProcess } from '../support/another-process.ts';
import { value } from '../support/board.ts';
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

it('a lease that is renewed wakes nobody, and whatever else is written is heard of as before', async () => {
  const path = join(temporaryFolder(), 'andon.db');
  const [mine, theirs] = [createKernel(openFile(path)), createKernel(openFile(path))];
  const ttl = asMillis(60_000);
  const process = { name: 'one', host: 'here', boot: 'b', pid: 1, pid_start: '1' };
  const take = { ...process, token: 'mine', role: 'dispatcher', ttl, dead_epoch: undefined };
  value(await mine.takeLease(homeBoard, take));
  let calls = 0;
  mine.follow(homeBoard, () => {
    calls += 1;
  });
  await until('the first look', () => calls > 0);
  calls = 0;

  expect(value(await mine.renewLeases(homeBoard, { token: 'mine', ttl }))).toHaveLength(1);
  // Longer than it is until the next look.
  await pause(1500);
  expect(calls).toBe(0);

  value(await theirs.takeLease(homeBoard, { ...take, token: 'theirs', role: 'notifier' }));
  await until('what another has written', () => calls > 0, 3000);
  await pause(50);
  calls = 0;
  value(await mine.takeLease(homeBoard, { ...take, role: 'host:here' }));
  await until('what was written here', () => calls > 0, 500);
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
