import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Fault } from '../fault.ts';
import { anyOf } from '../random.ts';
import { eachDoneOnce } from '../work.ts';

export const killGateway: Fault = {
  name: 'kill -9 of a gateway that starts and settles workers',
  store: 'SQLite',
  times: { short: 3, long: 75 },
  async inject(count, scene) {
    const home = scene.home({
      settings: { max_in_progress: 4, failure_limit: 1000 },
      // A claim whose launcher never came to life is taken back after this.
      env: { ANDON_CRASH_GRACE_SECONDS: '1' },
      workers: { steady: 'andon complete "$ANDON_TASK"' },
    });
    const tasks = [];
    for (let injected = 0; injected < count; injected += 1) {
      const gateway = await home.gateway();
      tasks.push(...(await Promise.all([home.create('steady'), home.create('steady')])));
      await pause(anyOf(0, 250));
      await gateway.crash();
    }
    await home.gateway();
    await eachDoneOnce(home, tasks);
    for (const task of tasks) expect(home.starts(task)).toBe(1);
    return { injected: count, note: `${tasks.length} tasks, each started once and done once` };
  },
};
