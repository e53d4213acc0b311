import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { gatewayHome } from '../support/gateway-home.ts';
import { ownLocks } from '../support/locks.ts';
import { until } from '../support/until.ts';
import type { Told } from './verbs-in-process.ts';

// Only Linux tells who holds which lock (techniques §6).
describe.runIf(process.platform === 'linux')("a process's locks on the board's file", () => {
  it.concurrent('of a gateway are the same after all that others and its own workers do', async ({
    onTestFinished,
  }) => {
    const home = gatewayHome(
      { onTestFinished },
      {
        workers: { quick: 'andon complete "$ANDON_TASK"', asks: 'andon block "$ANDON_TASK" why' },
      },
    );
    const gateway = await home.gateway();
    await home.reaches(await home.create('quick'), 'done');
    const files = ['kanban.db', 'kanban/andon.db'].map((name) => join(home.root, name));
    const held = () => files.flatMap((file) => ownLocks(file, gateway.pid));
    // The probe for changes takes a lock for a moment; what stays is what counts.
    const before = await until('its connections are open and at rest', async () => {
      const looks = [held()];
      while (looks.length < 10) {
        await pause(10);
        looks.push(held());
      }
      const [locks = []] = looks;
      return locks.length >= 4 && looks.every((each) => each.join() === locks.join()) && locks;
    });

    const task = await home.create('asks');
    const { runs } = await home.reaches(task, 'blocked');
    expect(runs).toHaveLength(1);
    for (const args of [
      ['list'],
      ['show', task],
      ['why', task],
      ['runs'],
      ['log', task],
      ['context', task],
    ]) {
      await home.andon(...args);
      await until(`its locks are as before ${args[0]}`, () => held().join('\n') === before.join('\n'));
    }
  });

  it.concurrent('are the same after every verb that is run in the process itself', async ({
    onTestFinished,
  }) => {
    const home = gatewayHome({ onTestFinished }, { workers: { quick: 'exit 0' } });
    const child = fork(join(import.meta.dirname, 'verbs-in-process.ts'), {
      env: { ...home.env },
      execPath: process.execPath,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [told]: Told[] = await once(child, 'message');
    expect(told).toEqual({
      changed: [],
      verbs: expect.arrayContaining(['init', 'create', 'list', 'log', 'dispatch']),
    });
  });
});
