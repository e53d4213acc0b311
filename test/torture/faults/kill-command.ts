import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { defaultBoard } from '../../../src/domain/ids.ts';
import { dump } from '../../support/dump.ts';
import { wrongs } from '../../support/invariants.ts';
import { openFile } from '../../support/stores.ts';
import type { Fault } from '../fault.ts';
import { anyOf } from '../random.ts';

const andon = resolve('bin/andon');

interface Ended {
  readonly killed: boolean;
  readonly out: string;
}

/** Starts a command and kills it after so many milliseconds, unless it was faster. */
async function killed(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  after: number,
): Promise<Ended> {
  const child = spawn(andon, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const { promise, resolve: end } = Promise.withResolvers<NodeJS.Signals | null>();
  child.once('close', (_code, signal) => end(signal));
  await Promise.race([promise, pause(after)]);
  child.kill('SIGKILL');
  return { killed: (await promise) === 'SIGKILL', out };
}

export const killCommand: Fault = {
  name: 'kill -9 of `andon create` and `andon complete`',
  store: 'SQLite',
  times: { short: 6, long: 100 },
  async inject(count, scene) {
    const home = scene.home();
    const created: string[] = [await home.create('nobody')];
    // The first one is slower than all others: it makes the board.
    const begun = performance.now();
    created.push(await home.create('nobody'));
    const usual = performance.now() - begun;
    const done: string[] = [];
    let injected = 0;
    while (injected < count) {
      const id = created.find((one) => !done.includes(one));
      const completes = injected % 2 === 1 && id !== undefined;
      const args = completes ? ['complete', id, '--json'] : ['create', 'A task', '--json'];
      // About the time of its commit, and up to its last line.
      const { killed: died, out } = await killed(args, home.env, anyOf(usual * 0.4, usual * 1.1));
      if (died) injected += 1;
      if (!out.endsWith('}\n')) continue;
      if (completes) done.push(id);
      else created.push(JSON.parse(out).id);
    }
    const store = openFile(join(home.root, 'kanban.db'));
    const all = await dump(store, defaultBoard);
    expect(wrongs(all)).toEqual([]);
    expect(await store.health(defaultBoard)).toEqual([]);
    const status = new Map(all.tasks.map((task) => [task['id'], task['status']]));
    expect(created.filter((id) => !status.has(id))).toEqual([]);
    expect(done.filter((id) => status.get(id) !== 'done')).toEqual([]);
    return { injected, note: `${created.length + done.length} commands had answered, all of them hold` };
  },
};
