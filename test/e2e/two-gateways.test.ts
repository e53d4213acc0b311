import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

const workers = { quick: 'andon complete "$ANDON_TASK"' };

describe.concurrent('two gateways on one home', () => {
  it('one of them dispatches, and every task is started once', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { settings: { max_in_progress: 3 }, workers });
    const gateways = await Promise.all([
      home.gateway({ name: 'one', leads: false }),
      home.gateway({ name: 'two', leads: false }),
    ]);
    const tasks = await Promise.all(Array.from({ length: 8 }, () => home.create('quick')));
    for (const task of tasks) await home.reaches(task, 'done');

    const status = await home.json('gateway', 'status');
    expect(status['gateways']).toEqual([
      expect.objectContaining({ name: 'one', dispatcher: true }),
      expect.objectContaining({ name: 'two', dispatcher: true }),
    ]);
    const pids = gateways.map(({ name, pid }) => expect.objectContaining({ name, pid }));
    expect(pids).toContainEqual(status['dispatcher']);
    expect(
      home
        .ledger()
        .map(({ task }) => task)
        .sort(),
    ).toEqual([...tasks].sort());
    const leading = gateways.filter((gateway) => gateway.said().includes('is dispatcher now'));
    expect(leading).toHaveLength(1);
  });

  it('when the dispatching one is killed, the other goes on with its workers', async ({ onTestFinished }) => {
    const home = gatewayHome(
      { onTestFinished },
      { workers: { ...workers, waits: 'wait_for end; exit 4' }, settings: { failure_limit: 1 } },
    );
    const first = await home.gateway({ name: 'one' });
    const second = await home.gateway({ name: 'two', leads: false });
    const waiting = await home.create('waits');
    await until('its worker runs', () => home.starts(waiting) === 1);

    await first.crash();
    const task = await home.create('quick');
    // It looks for a dead leader once a second; the rest is for a busy machine.
    await home.reaches(task, 'done', 4000);
    home.write('end');
    const { task: ended } = await home.reaches(waiting, 'blocked');
    expect(ended.last_failure_error).toContain('code 4');
    expect(home.starts(waiting)).toBe(1);
    expect(await home.json('gateway', 'status')).toMatchObject({
      gateways: [{ name: 'two' }],
      dispatcher: { name: 'two', pid: second.pid, epoch: 2 },
    });
  });

  it('when the dispatching one stops, the other takes over', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    const first = await home.gateway({ name: 'one' });
    const second = await home.gateway({ name: 'two', leads: false });
    expect(await first.stop()).toMatchObject({ code: 0 });
    await until('the other dispatches', () => second.said().includes('is dispatcher now'));
    await home.reaches(await home.create('quick'), 'done');
    expect(home.has('gateways/one.json')).toBe(false);
  });

  it('a second one of the same name is refused with the pid of the first', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    const first = await home.gateway({ name: 'one' });
    for (const verb of ['run', 'start']) {
      const { code, out, err } = await home.run(['gateway', verb, '--name', 'one']);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(new RegExp(`^andon: .*already running with pid ${first.pid}.*\n$`));
    }
    await first.crash();
    const next = await home.gateway({ name: 'one' });
    expect(next.pid).not.toBe(first.pid);
  });

  it('a gateway leads a board that knows a later leader, as when the home store was lost', async ({
    onTestFinished,
  }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    for (const epoch of [1, 2, 3]) {
      const gateway = await home.gateway();
      await home.reaches(await home.create('quick'), 'done');
      expect(await home.json('gateway', 'status')).toMatchObject({ dispatcher: { epoch } });
      await gateway.stop();
    }
    for (const name of readdirSync(join(home.root, 'kanban'))) {
      if (name.startsWith('andon.db')) rmSync(join(home.root, 'kanban', name));
    }
    await home.gateway({ leads: false });
    await home.reaches(await home.create('quick'), 'done');
    expect(await home.json('gateway', 'status')).toMatchObject({ dispatcher: { epoch: 3 } });
  });

  it('of several that start at once under one name, one runs', async ({ onTestFinished }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    const starts = await Promise.all([1, 2, 3].map(() => home.run(['gateway', 'start'])));
    // Whoever came second was refused, or found it running already: both name the one that runs.
    const pids = starts.map(({ out, err }) => /pid (\d+)/.exec(out + err)?.[1]);
    expect(new Set(pids).size).toBe(1);
    const [pid] = pids;
    expect(await home.json('gateway', 'status')).toMatchObject({ gateways: [{ pid: Number(pid) }] });
    expect(starts.some(({ code }) => code === 0)).toBe(true);

    expect(await home.andon('gateway', 'stop')).toContain(`pid ${pid}`);
    expect(await home.run(['gateway', 'status'])).toMatchObject({ code: 1 });
    expect(await home.run(['gateway', 'stop'])).toMatchObject({ code: 1 });
  });
});
