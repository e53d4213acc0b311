import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

/**
 * Runs in a mount namespace of its own, where it may mount a small file system: `disk-full-inside FOLDER`. Fills it up under
 * a running gateway and a running worker, asks for everything that writes, frees it, and prints what it saw as JSON.
 */
const [folder = ''] = process.argv.slice(2);

export interface SeenOnFullDisk {
  readonly refused: Readonly<Record<string, string>>;
  readonly tasks: number;
}

function mount(): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', folder]);
  if (status !== 0) throw new Error(`NOT RUN: no file system could be mounted: ${stderr}`);
}

/** Fills the file system to the last byte. */
function fill(path: string): void {
  for (const size of [65_536, 4096, 512, 1]) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size, 1));
    } catch {
      // Full, for pieces of this size.
    }
  }
}

mount();
process.env['TMPDIR'] = folder;
const ends: (() => unknown)[] = [];
const home = gatewayHome(
  { onTestFinished: (end) => void ends.push(() => (end as () => unknown)()) },
  {
    settings: { snapshot_interval_minutes: 0, failure_limit: 50 },
    workers: {
      quick: 'andon complete "$ANDON_TASK"',
      talks: 'wait_for full; head -c 100000 /dev/zero; wait_for freed; exec andon complete "$ANDON_TASK"',
    },
  },
);
try {
  const open = await home.create('nobody');
  await home.gateway();
  const talking = await home.create('talks');
  await until('it runs', () => home.starts(talking) === 1);
  await until('its process is known', async () => (await home.runs(talking))[0]?.process?.pid ?? undefined);
  await home.run(['doctor', '--fix']);
  await until('the reserve is there', () => home.has('kanban/.reserve'));
  mkdirSync(join(home.root, 'ballast'));
  home.write('full');
  await home.kernel.close();
  fill(join(home.root, 'ballast/a'));

  const refused: Record<string, string> = {};
  const asks: readonly (readonly string[])[] = [
    ['create', 'No room', '--body', 'x'.repeat(100_000)],
    ['complete', open, '--summary', 'y'.repeat(100_000)],
    ['backup'],
  ];
  for (const args of asks) {
    const { code, err } = await home.run(args);
    if (code !== 1 || !/^andon: [^\n]+\n$/.test(err))
      throw new Error(`andon ${args[0]} gave ${code}: ${err}`);
    refused[args[0] ?? ''] = err.trim();
  }
  const list = await home.andon('list');
  if (!list.includes(open) || !list.includes(talking)) throw new Error(`Reads do not go on: ${list}`);
  await pause(500);
  if (home.starts(talking) !== 1) throw new Error('The worker was started again.');

  // The reserve is enough for what makes room.
  const { code, out, err } = await home.run(['gc']);
  if (code !== 0) throw new Error(`andon gc on a full disk gave ${code}: ${out}${err}`);

  rmSync(join(home.root, 'ballast'), { recursive: true });
  home.write('freed');
  const done = async (task: string): Promise<boolean> =>
    /"status": "done"/.test((await home.run(['show', task, '--json'])).out);
  await until('the worker has answered', () => done(talking), 20_000);
  const next = await home.create('quick');
  await until('work goes on', () => done(next), 20_000);
  await home.andon('complete', open);
  await until('the doctor is content', async () => (await home.run(['doctor'])).code === 0);
  const tasks = (await home.andon('list')).match(/t_[0-9a-f]{8}/g) ?? [];
  if (tasks.length !== 3) throw new Error(`There are ${tasks.length} tasks instead of 3.`);
  process.stdout.write(JSON.stringify({ refused, tasks: tasks.length } satisfies SeenOnFullDisk));
} finally {
  for (const end of ends) await end();
}
