import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { defaultBoard } from '../../../src/domain/ids.ts';
import { dump } from '../../support/dump.ts';
import { openFile } from '../../support/stores.ts';
import { member } from '../crowd.ts';
import type { Fault } from '../fault.ts';
import { nothingIsLost } from '../ledger.ts';
import { isSound } from '../work.ts';

/** Each backup is a whole board and holds all that had been acknowledged when it was asked for. */
export const backups: Fault = {
  name: 'backup each second while others write, in backups',
  store: 'SQLite',
  times: { short: 2, long: 15 },
  async inject(count, scene) {
    const home = scene.home();
    const path = join(home.root, 'kanban.db');
    await home.gateway();
    const roles = ['worker', 'visitor', 'maker', 'both'] as const;
    const crowd = roles.map((role) => member(path, role, 600_000));
    await Promise.all(crowd.map(({ busy }) => busy));
    for (let number = 0; number < count; number += 1) {
      const created = crowd.flatMap((one) => one.created);
      const done = crowd.flatMap((one) => one.done);
      const to = join(home.root, `copy-${number}.db`);
      await home.andon('backup', '--to', to);
      await isSound(to);
      const store = openFile(to);
      const { tasks } = await dump(store, defaultBoard);
      await store.close();
      const status = new Map(tasks.map((task) => [task['id'], task['status']]));
      expect(created.filter((id) => !status.has(id))).toEqual([]);
      expect(done.filter((id) => status.get(id) !== 'done')).toEqual([]);
      await pause(1000);
    }
    for (const one of crowd) one.kill();
    await Promise.all(crowd.map(({ ended }) => ended));
    const faults = crowd.flatMap((one) => one.faults);
    if (faults.length > 0) throw new Error(`${faults.length} faults: ${faults[0]}`);
    const held = await nothingIsLost(openFile(path), crowd);
    return {
      injected: count,
      note: `each backup whole, with all that was acknowledged; ${held} acknowledged writes in the end`,
    };
  },
};
