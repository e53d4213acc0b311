import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { gatewayHome, world } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

const workers = {
  waits: 'wait_for end; exit 0',
  stubborn: 'trap \'\' TERM; echo >"$ANDON_HOME/deaf"; wait_for end',
};

/** Where the open descriptors of a process lead; its watches have no path there. */
const openPaths = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });

describe.concurrent('a gateway that is switched off', () => {
  it.for([
    ['by the environment', { env: { ANDON_DISPATCH_IN_GATEWAY: '0' } }],
    ['by the older name', { env: { HERMES_KANBAN_DISPATCH_IN_GATEWAY: 'off' } }],
    ['by the settings', { settings: { dispatch_in_gateway: false } }],
  ] as const)('%s runs, is present, and opens no board', async ([, options], { onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { ...options, workers });
    const gateway = await home.gateway({ leads: false });
    await until('it has begun', () => gateway.said().includes('It does not dispatch'));
    const boards = ['kanban', 'kanban.db'].map((name) => join(home.root, name));
    const opened = openPaths(gateway.pid).filter((path) => boards.some((board) => path.startsWith(board)));
    expect(opened).toEqual([]);
    expect(readdirSync(home.root).filter((name) => name.startsWith('kanban'))).toEqual([]);
    expect(await home.json('gateway', 'status')).toMatchObject({
      gateways: [{ name: 'default', pid: gateway.pid, dispatcher: false, notifier: false }],
      dispatcher: null,
    });

    // Contract §8.4: there is a gateway, and it will not start this.
    const created = await home.run(['create', 'Wait', '--assignee', 'waits']);
    expect(created.out).toMatch(/^Created t_\w+ {2}\(ready, assignee=waits\)\n$/);
    expect(created.err).toContain(`(pid ${gateway.pid}) does not dispatch`);
    expect(await gateway.stop()).toMatchObject({ code: 0 });
    expect(home.has('gateways/default.json')).toBe(false);
    expect(home.ledger()).toEqual([]);
  });

  it('is not read from broken settings, which refuse the start', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { settings: { dispatch_in_gateway: 'maybe' } });
    const { code, err } = await home.run(['gateway', 'start']);
    expect(code).toBe(1);
    expect(err).toBe('andon: andon.yaml: dispatch_in_gateway must be true or false, not "maybe".\n');
    // The environment decides before the settings are read.
    const gateway = await home.gateway({ leads: false, env: { ANDON_DISPATCH_IN_GATEWAY: 'no' } });
    expect(await gateway.stop()).toMatchObject({ code: 0 });
  });
});

describe.concurrent('what create says of gateways', () => {
  it('warns only of a ready and assigned task that nobody will start', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    const create = async (...args: string[]) => (await home.run(['create', 'Task', ...args])).err;
    const none = /^⚠ No gateway is running.*`andon gateway start`/;
    expect(await create('--assignee', 'waits')).toMatch(none);
    const parent = await home.create('waits');
    const quiet = [
      ['--assignee', 'waits', '--json'],
      [],
      ['--assignee', 'waits', '--parent', parent],
      ['--assignee', 'waits', '--initial-status', 'blocked'],
    ];
    for (const args of quiet) expect(await create(...args)).toBe('');

    const gateway = await home.gateway();
    expect(await create('--assignee', 'waits')).toBe('');
    await gateway.crash();
    expect(await create('--assignee', 'waits')).toMatch(none);
  });
});

describe.concurrent('stopping a gateway', () => {
  it('takes less than three seconds, and its workers live on', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    const gateway = await home.gateway();
    const tasks = [await home.create('waits'), await home.create('waits')];
    await until('both run', async () => {
      const runs = await Promise.all(tasks.map((task) => home.runs(task)));
      return runs.every(([run]) => run?.process?.pid);
    });
    const { code, took } = await gateway.stop();
    expect(code).toBe(0);
    expect(took).toBeLessThan(3000);
    for (const task of tasks) {
      const pid = (await home.runs(task))[0]?.process?.pid ?? 0;
      expect(await world.processes.identify(pid)).toBeDefined();
      expect((await home.show(task)).task.status).toBe('running');
    }
  });

  it('does not wait for a board that somebody has locked', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    const gateway = await home.gateway();
    const task = await home.create('stubborn');
    await until('it runs', () => home.has('deaf'));
    const other = new DatabaseSync(join(home.root, 'kanban.db'), { timeout: 5000 });
    other.exec('begin immediate');
    // The gateway wants to write that this worker has ended.
    home.write('end');
    await until('its launcher is gone', async () => {
      const pid = (await home.runs(task))[0]?.process?.pid ?? 0;
      return (await world.processes.identify(pid)) === undefined;
    });
    const { code, took } = await gateway.stop();
    other.close();
    expect(code).toBe(0);
    expect(took).toBeLessThan(3000);
  });

  it('does not wait for a worker that is just being ended', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    const gateway = await home.gateway();
    const task = await home.create('stubborn', '--max-runtime', '1');
    await until('it is deaf to SIGTERM', () => home.has('deaf'));
    await until('its time is over', async () => {
      const [run] = await home.runs(task);
      return Date.now() > (run?.process?.started_at ?? Number.POSITIVE_INFINITY) + 1500;
    });
    const { code, took } = await gateway.stop();
    expect(code).toBe(0);
    expect(took).toBeLessThan(3000);
    // The next gateway ends what this one began.
    home.write('end');
  });
});
