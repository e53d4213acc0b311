import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { asMillis, asSeconds, asTaskId, defaultBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';

/**
 * One of many processes that work one board: `crowd-process ADDRESS ROLE MILLISECONDS`. Each acknowledged write is a line
 * `created ID` or `done ID` on standard output, each fault a line `fault …`; a pipe takes a line at once, so that whoever
 * kills this process knows exactly what it was told.
 */

const [address = '', role = '', milliseconds = '0'] = process.argv.slice(2);
const end = performance.now() + Number(milliseconds);
const goesOn = (): boolean => performance.now() < end;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * The test flag that brings back what broke boards: to read the database and its shared memory through descriptors of our
 * own after each commit drops every lock that this process holds on them.
 */
const readsRaw = process.env['ANDON_TORTURE_RAW_READS'] === '1';
function afterWrite(): void {
  if (!readsRaw) return;
  for (const suffix of ['', '-shm']) {
    try {
      readFileSync(address + suffix);
    } catch {
      // Another one has just unlinked it.
    }
  }
  say('raw read');
}

const open = (): Store =>
  address.startsWith('postgres')
    ? openPostgresStore({ url: address, lockTimeout: asMillis(20_000) })
    : openSqliteStore({ locate: () => address, deadline: asMillis(readsRaw ? 2000 : 20_000) });

/** Says what went wrong, and goes on a moment later: the others must not suffer. */
async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    say(`fault ${error instanceof Error ? error.message : String(error)}`.replaceAll('\n', ' '));
    await pause(20);
  }
}

async function create(kernel: Kernel): Promise<void> {
  const made = await kernel.create(defaultBoard, { title: `By ${process.pid}` });
  if (!made.ok) throw new Error(made.refusal.sentence);
  say(`created ${made.value.task.id}`);
  afterWrite();
}

/** Claims and completes what is ready, as far as others do not come first. */
async function work(kernel: Kernel): Promise<void> {
  const ready = await kernel.list(defaultBoard, { status: 'ready', limit: 8 });
  if (!ready.ok) throw new Error(ready.refusal.sentence);
  for (const { id } of ready.value) {
    const claim_lock = `here:${process.pid}`;
    const ttl_seconds = asSeconds(900);
    const claim = await kernel.claim(defaultBoard, {
      task_id: id,
      claim_lock,
      ttl_seconds,
      workspace_path: null,
    });
    if (!claim.ok) continue;
    const done = await kernel.complete(defaultBoard, { task_id: id, run_id: claim.value.run_id });
    if (!done.ok) throw new Error(done.refusal.sentence);
    say(`done ${asTaskId(id)}`);
    afterWrite();
    return;
  }
}

export type Role = 'maker' | 'worker' | 'both' | 'visitor';

const roles: Readonly<Partial<Record<string, (kernel: Kernel) => Promise<void>>>> = {
  maker: create,
  worker: work,
  both: async (kernel) => {
    await create(kernel);
    await work(kernel);
  },
};

/** As a command does: opens, looks, writes once, and closes, often as the last one there. */
async function visit(): Promise<void> {
  const kernel = createKernel(open());
  try {
    await kernel.list(defaultBoard, { limit: 20 });
    await create(kernel);
  } finally {
    await kernel.close();
  }
}

if (role === 'visitor') while (goesOn()) await attempt(visit);
else {
  const act = roles[role];
  if (act === undefined) throw new Error(`There is no role ${role}.`);
  const kernel = createKernel(open());
  while (goesOn()) await attempt(() => act(kernel));
  await attempt(() => kernel.close());
}
