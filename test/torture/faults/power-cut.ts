import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { asSeconds, defaultBoard, type TaskId } from '../../../src/domain/ids.ts';
import { createKernel } from '../../../src/kernel/create-kernel.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite.ts';
import { value } from '../../support/board.ts';
import { dump } from '../../support/dump.ts';
import { wrongs } from '../../support/invariants.ts';
import { openFile } from '../../support/stores.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import type { Fault } from '../fault.ts';
import { isSound } from '../work.ts';

/** Of a WAL, in bytes: its header, and what stands before each page of 4096 (sqlite.org/walformat.html). */
const [walHeader, frame] = [32, 24 + 4096];
/** Before the WAL is written back at 100 frames: what was written back is synced, and no power cut takes it away. */
const fewFrames = 70;

/** The board after each acknowledged command, with the length of the WAL at which the command was durable. */
interface Moment {
  readonly wal: number;
  readonly dump: string;
}

/**
 * What is on the disk after a power cut is some prefix of the WAL: every commit is synced, and commits follow each other
 * in it. So each prefix of a recorded WAL must open as exactly the board that was acknowledged then.
 */
export const powerCut: Fault = {
  name: 'power cut at each frame of the WAL, and in the midst of one',
  store: 'SQLite',
  times: { short: 30, long: 600 },
  async inject(count, scene) {
    const home = scene.home();
    const path = join(home.root, 'kanban.db');
    let injected = 0;
    let commands = 0;
    while (injected < count) {
      const { base, wal, moments } = await record(path);
      commands += moments.length - 1;
      const frames = Math.floor((wal.length - walHeader) / frame);
      for (let cut = 0; cut <= frames; cut += 1) {
        const whole = walHeader + cut * frame;
        await holds(base, wal.subarray(0, whole), moments);
        injected += 1;
        if (cut === frames) continue;
        await holds(base, wal.subarray(0, whole + 24 + 1000), moments);
        injected += 1;
      }
    }
    await isSound(path);
    return { injected, note: `each is exactly the board after one of ${commands} acknowledged commands` };
  },
};

/** Lets commands be done on an empty WAL, and gives copies of the files, made by a child, and what was acknowledged. */
async function record(path: string) {
  const store = openSqliteStore({ locate: () => path });
  const kernel = createKernel(store);
  try {
    await work(kernel);
    runs(
      `new (require('node:sqlite').DatabaseSync)(${JSON.stringify(path)}).exec('pragma wal_checkpoint(truncate)')`,
    );
    const base = copy(path);
    const look = async (): Promise<Moment> => ({
      wal: statSync(`${path}-wal`).size,
      dump: JSON.stringify(await dump(store, defaultBoard)),
    });
    const moments = [{ ...(await look()), wal: 0 }];
    const isFull = (): boolean => (moments.at(-1)?.wal ?? 0) >= walHeader + fewFrames * frame;
    while (!isFull()) {
      for await (const _ of commands(kernel)) {
        moments.push(await look());
        if (isFull()) break;
      }
    }
    return { base, wal: copy(`${path}-wal`), moments };
  } finally {
    await kernel.close();
  }
}

const work = async (kernel: Kernel): Promise<void> => {
  for await (const _ of commands(kernel));
};

/** The life of two tasks, one command at a time. */
async function* commands(kernel: Kernel): AsyncGenerator<void> {
  const create = async (title: string, parents: readonly TaskId[] = []) =>
    value(await kernel.create(defaultBoard, { title, parents })).task.id;
  const parent = await create('A parent');
  yield;
  await create('Its child', [parent]);
  yield;
  const claim = { task_id: parent, claim_lock: 'here:1', ttl_seconds: asSeconds(900), workspace_path: null };
  const { run_id } = value(await kernel.claim(defaultBoard, claim));
  yield;
  value(await kernel.comment(defaultBoard, { task_id: parent, body: 'Half of it is done.', author: 'me' }));
  yield;
  value(await kernel.complete(defaultBoard, { task_id: parent, run_id, summary: 'Done.' }));
  yield;
}

/** Not by this process: it has the files open, and closing a descriptor would drop its locks. */
function copy(path: string): Buffer {
  const { stdout, status, stderr } = spawnSync('cat', [path], { maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(String(stderr));
  return stdout;
}

function runs(script: string): void {
  const { status, stderr } = spawnSync(process.execPath, ['-e', script]);
  if (status !== 0) throw new Error(String(stderr));
}

/** These files open as the board of the newest moment that they hold whole. */
async function holds(base: Buffer, wal: Buffer, moments: readonly Moment[]): Promise<void> {
  const folder = join(temporaryFolder(), 'cut');
  mkdirSync(folder);
  const path = join(folder, 'kanban.db');
  writeFileSync(path, base);
  writeFileSync(`${path}-wal`, wal);
  const database = new DatabaseSync(path);
  expect(database.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
  database.close();
  const store = openFile(path);
  const all = await dump(store, defaultBoard);
  await store.close();
  expect(wrongs(all)).toEqual([]);
  const last = moments.findLast((moment) => moment.wal <= wal.length);
  expect(JSON.stringify(all)).toBe(last?.dump);
}
