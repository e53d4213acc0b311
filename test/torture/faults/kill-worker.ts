import { setTimeout as pause } from 'node:timers/promises';
import { world } from '../../support/gateway-home.ts';
import { until } from '../../support/until.ts';
import type { Fault } from '../fault.ts';
import { anyOf } from '../random.ts';
import { eachDoneOnce } from '../work.ts';

const atOnce = 3;

export const killWorker: Fault = {
  name: 'kill -9 of a worker and its group',
  store: 'SQLite',
  times: { short: 4, long: 75 },
  async inject(count, scene) {
    const script = 'sleep 0.0$((ANDON_RUN_ID % 10)); andon complete "$ANDON_TASK"';
    // A profile each: three that crash alike within a minute would let theirs rest.
    const names = Array.from({ length: count }, (_, number) => `worker-${number}`);
    const home = scene.home({
      settings: { max_in_progress: atOnce, failure_limit: 1000 },
      workers: Object.fromEntries(names.map((name) => [name, script])),
    });
    await home.gateway();
    const tasks = [];
    let injected = 0;
    for (let number = 0; injected < count; number += 1) {
      const task = await home.create(names[number % count] ?? '');
      tasks.push(task);
      const pid = await until(
        'its worker runs',
        async () => (await home.runs(task))[0]?.process?.pid ?? undefined,
      );
      await pause(anyOf(0, 120));
      const tree = await world.processes.tree(pid, 'none');
      const struck = await Promise.all(tree.map((one) => world.processes.signal(one, 'SIGKILL')));
      if (struck.includes(true)) injected += 1;
    }
    await eachDoneOnce(home, tasks);
    const starts = home.ledger().length;
    return { injected, note: `${tasks.length} tasks done once each, by ${starts} workers` };
  },
};
