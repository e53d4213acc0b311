import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { GatewayHome, Worker } from '../../support/gateway-home.ts';
import type { Fault } from '../fault.ts';
import { isSound, nothingLives } from '../work.ts';

const mebibyte = 2 ** 20;
/** What the log of one task may take: 2 MiB, its predecessor, and what comes between two looks at it. */
const mostLog = 64 * mebibyte;

interface BadWorker {
  readonly name: string;
  /** A shell script, or a whole profile. */
  readonly worker: Worker;
  /** `npm test` has it too; the others `test/e2e` has there. */
  readonly inShort?: boolean;
  /** How often it is started; once unless said. */
  readonly attempts?: number;
  /** Further arguments of its task. */
  readonly args?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly check?: (home: GatewayHome, task: string) => void;
}

const logIsBounded: BadWorker['check'] = (home) => {
  const folder = join(home.root, 'kanban/logs');
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(bytes).toBeLessThan(mostLog);
};

const badWorkers: readonly BadWorker[] = [
  {
    name: 'ignores SIGTERM',
    worker: `trap '' TERM; while :; do sleep 0.2; done`,
    args: ['--max-runtime', '1'],
  },
  { name: 'forks and goes', worker: 'sleep 300 & sleep 300 & sleep 300 & exit 3' },
  { name: 'makes a daemon', worker: '(setsid sh -c "sleep 300 & exec sleep 300" &) ; sleep 0.1; exit 3' },
  {
    name: 'fills its log',
    inShort: true,
    worker:
      'i=0; while [ $i -lt 20000 ]; do echo "line $i of many that nobody reads"; i=$((i+1)); done; exit 3',
    check: logIsBounded,
  },
  {
    name: 'prints 1 GB',
    worker: 'head -c 1000000000 /dev/zero; exit 3',

    check: logIsBounded,
  },
  { name: 'cannot be started', worker: { command: ['/nowhere/agent'] } },
  {
    name: 'stands still, stopped by a signal',
    worker: 'kill -STOP $$; exit 3',
    args: ['--max-runtime', '1'],
  },
  { name: 'ends with 0 and says nothing', worker: 'exit 0' },
  {
    name: 'never heartbeats',
    worker: 'if [ -e "$ANDON_HOME/once" ]; then exit 3; fi; touch "$ANDON_HOME/once"; sleep 300',
    attempts: 2,
    settings: { dispatch_stale_timeout_seconds: 1 },
  },
];

/** Its task ends as blocked with a reason, nothing of it lives, and the one slot serves the next task. */
const bad = ({
  name,
  worker,
  args = [],
  attempts = 1,
  inShort = false,
  settings,
  check,
}: BadWorker): Fault => ({
  name: `a worker that ${name}`,
  store: 'SQLite',
  times: { short: inShort ? 1 : 0, long: 2 },
  async inject(count, scene) {
    for (let time = 0; time < count; time += 1) {
      const home = scene.home({
        settings: { failure_limit: 1, max_in_progress: 1, ...settings },
        workers: { bad: worker, quick: 'andon complete "$ANDON_TASK"' },
      });
      await home.gateway();
      const task = await home.create('bad', ...args);
      const { task: ended, runs } = await home.reaches(task, 'blocked', 60_000);
      expect(runs).toHaveLength(attempts);
      expect(ended.last_failure_error).toMatch(/.+/);
      await home.reaches(await home.create('quick'), 'done', 20_000);
      await nothingLives(home);
      check?.(home, task);
      await isSound(`${home.root}/kanban.db`);
    }
    return {
      injected: count,
      note: 'its task is blocked with the reason, nothing of it lives, its slot is free',
    };
  },
});

export const badWorkerFaults: readonly Fault[] = badWorkers.map(bad);
