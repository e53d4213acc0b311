import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { type BoardId, defaultBoard } from '../../../src/domain/ids.ts';
import { createKernel } from '../../../src/kernel/create-kernel.ts';
import { ownLocks } from '../../support/locks.ts';
import { openFile } from '../../support/stores.ts';
import { until } from '../../support/until.ts';
import { member } from '../crowd.ts';
import { type Fault, NotRun } from '../fault.ts';
import { nothingIsLost } from '../ledger.ts';

const names = [defaultBoard, 'other' as BoardId];
const verbs = [['doctor'], ['list'], ['backup'], ['why', 'TASK'], ['stats'], ['gc', '--dry-run']];

/** The locks of this process on the file that are there at several looks in a row: a probe takes one for a moment. */
async function lastingLocks(path: string, pid: number): Promise<readonly string[]> {
  return until('its connections are open and at rest', async () => {
    const looks = [ownLocks(path, pid)];
    while (looks.length < 10) {
      await pause(10);
      looks.push(ownLocks(path, pid));
    }
    const [first = []] = looks;
    const lasting = first.filter((lock) => looks.every((look) => look.includes(lock)));
    return lasting.length >= 2 && lasting;
  });
}

/**
 * This process has the file open under two names, in two stores, and a gateway has it too, while others open it, write and
 * leave as the last one there, and verbs copy and check it. A lock that is gone once lets the next one who leaves break it.
 */
export const twoNames: Fault = {
  name: 'two names of one file under load, in seconds',
  store: 'SQLite',
  times: { short: 3, long: 60 },
  async inject(count, scene) {
    if (process.platform !== 'linux') throw new NotRun('Only Linux tells who holds which lock.');
    const home = scene.home();
    const path = join(home.root, 'kanban.db');
    const gateway = await home.gateway();
    const kernels = [1, 2].map(() => createKernel(openFile(path)));
    const own = { created: [] as string[], done: [] as string[] };
    const write = async (): Promise<void> => {
      for (const kernel of kernels) {
        for (const name of names) {
          const made = await kernel.create(name, { title: `As ${name}` });
          if (!made.ok) throw new Error(made.refusal.sentence);
          own.created.push(made.value.task.id);
        }
      }
    };
    await write();
    const [here, there] = [await lastingLocks(path, process.pid), await lastingLocks(path, gateway.pid)];

    const roles = ['worker', 'visitor', 'visitor', 'both'] as const;
    const crowd = roles.map((role) => member(path, role, count * 1000));
    const end = performance.now() + count * 1000;
    let looks = 0;
    const looksOn = (async () => {
      while (performance.now() < end) {
        await write();
        expect(ownLocks(path)).toEqual(expect.arrayContaining([...here]));
        looks += 1;
      }
    })();
    let asked = 0;
    while (performance.now() < end) {
      const verb = verbs[asked % verbs.length] ?? [];
      await home.run(verb.map((word) => (word === 'TASK' ? (own.created[0] ?? '') : word)));
      await until(`the gateway's locks after ${verb[0]}`, () => {
        const now = ownLocks(path, gateway.pid);
        return there.every((lock) => now.includes(lock));
      });
      asked += 1;
    }
    await looksOn;
    await Promise.all(crowd.map(({ ended }) => ended));
    const faults = crowd.flatMap((one) => one.faults);
    if (faults.length > 0) throw new Error(`${faults.length} faults: ${faults[0]}`);
    const held = await nothingIsLost(openFile(path), [...crowd, own]);
    for (const kernel of kernels) await kernel.close();
    return {
      injected: count,
      note: `${held} acknowledged writes, each there once; no lock missing at ${looks} looks here and ${asked} at the gateway`,
    };
  },
};
