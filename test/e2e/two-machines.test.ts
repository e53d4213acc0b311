import { describe, expect, it } from 'vitest';
import { homeBoard, type TaskId } from '../../src/domain/ids.ts';
import { hostRole } from '../../src/domain/leading.ts';
import { freshDatabase } from '../support/databases.ts';
import { type Gateway, type GatewayHome, gatewayHome, type Worker, world } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

/** Two machines, each with a home of its own, on one PostgreSQL: here they differ in what they are called. */
const machine = (
  test: Parameters<typeof gatewayHome>[0],
  store: string,
  { host, grace, workers }: { host: string; grace?: string; workers: Readonly<Record<string, Worker>> },
): GatewayHome =>
  gatewayHome(test, {
    store,
    workers,
    settings: { failure_limit: 1 },
    env: { ANDON_HOST: host, ...(grace !== undefined && { ANDON_HOST_GRACE_SECONDS: grace }) },
  });

const starts = (home: GatewayHome, task: TaskId) => until('its worker runs', () => home.starts(task) === 1);
const becomes = (gateway: Gateway, role: string) =>
  until(`the gateway is ${role}`, () => gateway.said().includes(`is ${role} now`), 15_000);
const dispatches = async ({ kernel }: GatewayHome): Promise<string | undefined> => {
  const found = await kernel.lease(homeBoard, { role: 'dispatcher' });
  return found.ok ? found.value.lease?.host : undefined;
};

describe('two machines on one database', () => {
  it('each looks after its own workers, whichever dispatches', async ({ onTestFinished }) => {
    const store = await freshDatabase();
    const workers = { waits: 'wait_for end; exit 4' };
    const one = machine({ onTestFinished }, store, { host: 'one', workers });
    const two = machine({ onTestFinished }, store, { host: 'two', workers });
    const first = await one.gateway();
    const task = await one.create('waits');
    await starts(one, task);
    const second = await two.gateway({ leads: false });
    await becomes(second, hostRole('two'));
    await first.stop();
    await becomes(second, 'dispatcher');
    await becomes(await one.gateway({ leads: false }), hostRole('one'));

    one.write('end');
    const { task: ended } = await one.reaches(task, 'blocked');
    expect(ended.last_failure_error).toContain('code 4');
    expect(await dispatches(one)).toBe('two');
    expect([one.starts(task), two.starts(task)]).toEqual([1, 0]);
  });

  it('the work of one that is lost goes on at the other, and what is left is ended when it is back', async ({
    onTestFinished,
  }) => {
    const store = await freshDatabase();
    const late = 'wait_for go; andon complete "$ANDON_TASK"; echo $? >"$ANDON_HOME/code"; wait_for never';
    const one = machine({ onTestFinished }, store, { host: 'one', workers: { works: late } });
    const works = 'wait_for end; andon complete "$ANDON_TASK"';
    const two = machine({ onTestFinished }, store, { host: 'two', grace: '1', workers: { works } });
    const first = await one.gateway();
    const task = await one.create('works');
    await starts(one, task);
    const second = await two.gateway({ leads: false });
    // As when its power fails, but that its worker lives on: that must do no harm either.
    await first.stop();
    await becomes(second, 'dispatcher');
    await starts(two, task);
    const [lost, current] = await one.runs(task);
    expect(lost).toMatchObject({
      outcome: 'reclaimed',
      error: expect.stringContaining('machine one'),
      process: { host: 'one', gone_at: null },
    });
    expect(current).toMatchObject({ outcome: null, process: { host: 'two' } });

    const mark = lost?.process?.mark ?? '';
    expect(await world.processes.tree(null, mark)).not.toEqual([]);
    one.write('go');
    expect(await until('the late answer', () => one.read('code').trim() || false)).toBe('1');
    expect((await one.show(task)).task).toMatchObject({ status: 'running', consecutive_failures: 0 });

    await one.gateway({ leads: false });
    const isGone = async () => typeof (await one.runs(task))[0]?.process?.gone_at === 'number';
    await until('what was left is ended', isGone, 15_000);
    expect(await world.processes.tree(null, mark)).toEqual([]);
    expect(await dispatches(one)).toBe('two');
    two.write('end');
    const { runs } = await two.reaches(task, 'done');
    expect(runs).toHaveLength(2);
    expect([one.starts(task), two.starts(task)]).toEqual([1, 1]);
  });
});
