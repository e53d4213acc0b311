import { describe, expect, it, type TestContext } from 'vitest';
import type { TaskId } from '../../src/domain/ids.ts';
import { type GatewayHome, gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';
import { type Receiver, webhookReceiver } from '../support/webhook-receiver.ts';

const secret = `whsec_${Buffer.from('a secret of this test, long enough').toString('base64')}`;

/** A home whose `andon.yaml` names the webhooks `ops`, `down` and `gone`, each at its own path of one receiver. */
async function homeWithWebhooks({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): Promise<{
  home: GatewayHome;
  receiver: Receiver;
  subscribe: (task: TaskId, name?: string) => Promise<unknown>;
}> {
  const receiver = await webhookReceiver({ onTestFinished }, secret);
  const hook = (name: string) => [name, { url: receiver.url(`/${name}`), secret_env: 'OPS_SECRET' }];
  const home = gatewayHome(
    { onTestFinished },
    {
      settings: { webhooks: Object.fromEntries(['ops', 'down', 'gone'].map(hook)) },
      workers: {
        quick: 'andon complete "$ANDON_TASK" --summary "all done"',
        asks: 'andon block "$ANDON_TASK" "which one?"',
        fails: 'exit 9',
      },
      env: { OPS_SECRET: secret },
    },
  );
  const subscribe = (task: TaskId, name = 'ops') =>
    home.andon('notify-subscribe', task, '--platform', 'webhook', '--chat-id', name);
  return { home, receiver, subscribe };
}

describe.concurrent('a subscribed webhook', () => {
  it('is told once of each end of a task, with a good signature', async (test) => {
    const { home, receiver, subscribe } = await homeWithWebhooks(test);
    const [done, blocked, gaveUp] = [
      await home.create('quick'),
      await home.create('asks'),
      await home.create('fails'),
    ];
    for (const task of [done, blocked, gaveUp]) await subscribe(task);
    await home.gateway();

    const told = await until('five messages came', () => {
      const all = receiver.received('/ops');
      return all.length >= 5 && all;
    });
    const of = (task: TaskId) =>
      told.filter(({ data }) => data['task_id'] === task).map(({ type, data }) => [type, data['text']]);
    expect(of(done)).toEqual([['task.completed', `✔ @quick ${done} done: Work for quick\nall done`]]);
    expect(of(blocked)).toEqual([['task.blocked', `⏸ @asks ${blocked} blocked: which one? (Work for asks)`]]);
    expect(of(gaveUp)).toEqual([
      ['task.crashed', expect.stringContaining('will retry')],
      ['task.crashed', expect.stringContaining('will retry')],
      ['task.gave_up', expect.stringContaining('The worker exited with code 9.')],
    ]);
    expect(told[0]?.data).toMatchObject({ board: 'default', event: { payload: expect.any(Object) } });
    expect(new Set(told.map(({ id }) => id)).size).toBe(5);

    // Blocked a second time, it is told again; nothing of before is.
    await home.andon('unblock', blocked);
    await until('it came again', () => receiver.received('/ops').length >= 6);
    expect(of(blocked)).toHaveLength(1);
    expect(receiver.received('/ops').at(-1)).toMatchObject({
      type: 'task.blocked',
      data: { task_id: blocked },
    });
    expect(receiver.received('/ops')).toHaveLength(6);
    expect(receiver.faults).toEqual([]);
  });

  it('is not told of what was before the subscription', async (test) => {
    const { home, receiver, subscribe } = await homeWithWebhooks(test);
    await home.gateway();
    const task = await home.create('asks');
    await home.reaches(task, 'blocked');
    await subscribe(task);
    await home.andon('complete', task, '--summary', 'answered');
    await until('a message came', () => receiver.received('/ops').length > 0);
    expect(receiver.received('/ops').map(({ type }) => type)).toEqual(['task.completed']);
  });

  it('gets a message again that it refused, and not one that it does not want any more', async (test) => {
    const { home, receiver, subscribe } = await homeWithWebhooks(test);
    receiver.answer('/down', 500, 204);
    receiver.answer('/gone', 410);
    const task = await home.create('asks');
    for (const name of ['down', 'gone']) await subscribe(task, name);
    const gateway = await home.gateway();
    const [first, again] = await until('it came again', () => {
      const all = receiver.received('/down');
      return all.length >= 2 && all;
    });
    expect(again?.id).toBe(first?.id);
    // The first back-off is 5 s, and a tenth more at most.
    const waited = (again?.at ?? 0) - (first?.at ?? 0);
    expect(waited).toBeGreaterThan(4500);
    expect(receiver.received('/gone')).toHaveLength(1);
    expect(gateway.said()).toContain(
      'A message was not delivered and is given up: The webhook answered 410.',
    );
    expect(gateway.said()).toContain('A message was not delivered and is tried again later');
  });

  it('does not wait for another one that hangs, nor does the end of the gateway', async (test) => {
    const { home, receiver, subscribe } = await homeWithWebhooks(test);
    receiver.answer('/down', 'hang');
    const [hanging, later] = [
      await home.create('asks'),
      await home.create('asks', '--initial-status', 'blocked'),
    ];
    await subscribe(hanging, 'down');
    const gateway = await home.gateway();
    await until('the first message hangs', () => receiver.received('/down').length > 0);

    const begin = performance.now();
    await subscribe(later);
    await home.andon('complete', later);
    const [told] = await until('the other came', () => {
      const all = receiver.received('/ops');
      return all.length > 0 && all;
    });
    // Sending gives up after 15 s.
    expect((told?.at ?? Number.POSITIVE_INFINITY) - begin).toBeLessThan(3000);

    const { code, took } = await gateway.stop();
    expect(code).toBe(0);
    expect(took).toBeLessThan(3000);
  });
});

describe.concurrent('kill -9 of a gateway that tells people', () => {
  it('loses nothing, and a repeated message has its old id', async (test) => {
    const { home, receiver, subscribe } = await homeWithWebhooks(test);
    const [asking, silent] = [
      await home.create('asks'),
      await home.create('quick', '--initial-status', 'blocked'),
    ];
    for (const task of [asking, silent]) await subscribe(task);
    receiver.answer('/ops', 'hang', 204);
    const first = await home.gateway();
    await until('the first message is under way', () => receiver.received('/ops').length === 1);
    await first.crash();
    await home.andon('complete', silent, '--summary', 'by hand');

    await home.gateway();
    await until('all came', () => receiver.received('/ops').length >= 3);
    const [cut, ...rest] = receiver.received('/ops');
    expect(rest.map(({ type, data }) => [type, data['task_id']]).sort()).toEqual([
      ['task.blocked', asking],
      ['task.completed', silent],
    ]);
    expect(rest.find(({ type }) => type === 'task.blocked')?.id).toBe(cut?.id);
    expect(receiver.faults).toEqual([]);
  });
});

describe.concurrent('subscribing', () => {
  it('refuses a webhook that andon.yaml does not name, and a task that is not there', async (test) => {
    const { home } = await homeWithWebhooks(test);
    const task = await home.create('asks');
    const subscribe = (id: string, ...flags: string[]) => home.run(['notify-subscribe', id, ...flags]);
    const unknown = await subscribe(task, '--platform', 'webhook', '--chat-id', 'nowhere');
    expect(unknown).toMatchObject({ code: 1, out: '' });
    expect(unknown.err).toMatch(/there are ops, down, gone\), not nowhere\.\n$/);
    expect(await subscribe('t_00000000', '--platform', 'webhook', '--chat-id', 'ops')).toMatchObject({
      code: 1,
    });
    expect(await subscribe(task, '--platform', 'webhook')).toMatchObject({ code: 2 });
    expect(await home.andon('notify-list')).toBe('(no subscriptions)\n');
  });
});
