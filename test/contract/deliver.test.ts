import { describe, expect, it } from 'vitest';
import { asEpoch, asMillis, type TaskId } from '../../src/domain/ids.ts';
import type { DeliveryScope, DueDelivery } from '../../src/domain/view.ts';
import { type Board, board, exited, nobody, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const notifier = { role: 'notifier', epoch: asEpoch(1) } as const;
const everybody: DeliveryScope = { platforms: ['webhook'], owner: null };
const ops = { platform: 'webhook', chat_id: 'ops' };

/** The few words of a notifier: subscribe, turn events into deliveries, ask what is due, record. */
function notifying({ kernel }: Board) {
  const due = async (scope = everybody) => value(await kernel.dueDeliveries(board, { ...scope, limit: 10 }));
  const sent = async (id: number) =>
    value(await kernel.recordDelivery(board, { ...notifier, id, outcome: { sent: true } }));
  return {
    due,
    sent,
    subscribe: async (task_id: TaskId, more: { chat_id?: string; notifier_profile?: string } = {}) =>
      value(await kernel.subscribe(board, { task_id, ...ops, ...more })).subscription,
    fanOut: async (scope = everybody) => value(await kernel.fanOut(board, { ...notifier, ...scope })),
    failed: async (id: number, retry_at: number | null) => {
      const at = retry_at === null ? null : asMillis(retry_at);
      const outcome = { sent: false, error: 'HTTP 503', retry_at: at } as const;
      value(await kernel.recordDelivery(board, { ...notifier, id, outcome }));
    },
    /** Sends whatever is due until nothing is, and gives it in the order of sending. */
    drain: async () => {
      const all: DueDelivery[] = [];
      for (let next = (await due()).due; next.length > 0; next = (await due()).due) {
        for (const delivery of next) {
          await sent(delivery.id);
          all.push(delivery);
        }
      }
      return all;
    },
  };
}

/** Contract §7.5. */
describe.each(stores)('subscriptions on $name', (kind) => {
  it('a subscription starts at the newest event of its task: history is not replayed', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut, due } = notifying(on);
    const id = await on.create('Work');
    await on.done(id);
    const newest = (await on.lastEvent(id)).id;
    expect(await subscribe(id)).toEqual({
      task_id: id,
      ...ops,
      thread_id: '',
      user_id: null,
      notifier_profile: null,
      created_at: on.clock.seconds(),
      last_event_id: newest,
    });
    expect(await fanOut()).toBe(0);
    expect((await due()).due).toEqual([]);
  });

  it('repeating it changes nothing but an empty profile', async () => {
    const on = openBoard(kind);
    const { subscribe } = notifying(on);
    const id = await on.create('Work');
    const first = await subscribe(id);
    await on.done(id);
    expect(await subscribe(id, { notifier_profile: 'ada' })).toEqual({ ...first, notifier_profile: 'ada' });
    expect((await subscribe(id, { notifier_profile: 'bob' })).notifier_profile).toBe('ada');
    expect(value(await on.kernel.subscriptions(board, {}))).toHaveLength(1);
  });

  it('it is found in whatever spelling it was made, and ends once', async () => {
    const { create, kernel, refused } = openBoard(kind);
    const task_id = await create('Work');
    const spelled = { task_id, platform: ' WebHook ', chat_id: ' ops ' };
    value(await kernel.subscribe(board, spelled));
    expect(value(await kernel.subscriptions(board, { task_id }))).toMatchObject([ops]);
    const key = { ...spelled, thread_id: ' ' };
    value(await kernel.unsubscribe(board, key));
    await refused('unknown_subscription', () => kernel.unsubscribe(board, key));
  });

  it('an unknown task and blank names are refused', async () => {
    const { create, kernel, refused } = openBoard(kind);
    const task_id = await create('Work');
    await refused('unknown_task', () => kernel.subscribe(board, { task_id: nobody, ...ops }));
    await refused('blank_text', () => kernel.subscribe(board, { task_id, ...ops, chat_id: ' ' }));
    await refused('blank_text', () => kernel.subscribe(board, { task_id, ...ops, platform: '' }));
  });
});

/** Design §3.5: the event log is the outbox. */
describe.each(stores)('deliveries on $name', (kind) => {
  it('each told event becomes one delivery, once, and the cursor stands at the newest', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut, due, drain } = notifying(on);
    const id = await on.create('Work', { assignee: profile('ada'), max_retries: 2 });
    await subscribe(id);
    await on.reap(await on.start(id), exited(1));
    await on.reap(await on.start(id), exited(1));
    await on.kernel.unblock(board, { task_id: id });
    await on.claim(id);
    value(await on.kernel.complete(board, { task_id: id, result: '42 files' }));
    expect((await due()).behind).toBe(true);
    expect(await fanOut()).toBe(4);
    expect((await due()).behind).toBe(false);
    expect(await fanOut()).toBe(0);
    const found = await drain();
    expect(found.map(({ event }) => event.kind)).toEqual(['crashed', 'crashed', 'gave_up', 'completed']);
    expect(found[3]).toMatchObject({
      ...ops,
      task_id: id,
      thread_id: '',
      state: 'pending',
      attempts: 0,
      last_error: null,
      title: 'Work',
      assignee: 'ada',
      result: '42 files',
      event: { task_id: id, payload: { summary: '42 files' } },
    });
    const [subscription] = value(await on.kernel.subscriptions(board, { task_id: id }));
    expect(subscription?.last_event_id).toBe(found[3]?.event_id);
  });

  it('two notifiers at once make no delivery twice', async () => {
    const on = openBoard(kind);
    const { subscribe } = notifying(on);
    const id = await on.create('Work');
    await subscribe(id);
    await on.done(id);
    const kernels = [on.kernel, on.another()];
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        (kernels[index % 2] ?? on.kernel).fanOut(board, { ...notifier, ...everybody }),
      ),
    );
    expect(made.reduce((sum, answer) => sum + value(answer), 0)).toBe(1);
    expect((await on.dump()).andon_deliveries).toHaveLength(1);
  });

  it('every subscription of a task gets its own', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut, due, sent } = notifying(on);
    const id = await on.create('Work');
    await subscribe(id);
    await subscribe(id, { chat_id: 'team' });
    await on.done(id);
    expect(await fanOut()).toBe(2);
    const [first, second] = (await due()).due;
    await sent(first?.id ?? 0);
    expect((await due()).due).toEqual([second]);
  });

  it('a notifier serves its own platforms and owner, and leaves the rest where it is', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut, due } = notifying(on);
    const id = await on.create('Work');
    await subscribe(id);
    await subscribe(id, { chat_id: 'ada', notifier_profile: 'ada' });
    await on.done(id);
    const before = value(await on.kernel.subscriptions(board, {}));
    expect(await fanOut({ platforms: ['telegram'], owner: null })).toBe(0);
    expect(await fanOut({ platforms: [], owner: null })).toBe(0);
    expect(await fanOut({ platforms: ['webhook'], owner: 'bob' })).toBe(0);
    expect(value(await on.kernel.subscriptions(board, {}))).toEqual(before);
    const ada = { platforms: ['webhook', 'telegram'], owner: 'ada' };
    expect(await fanOut(ada)).toBe(1);
    expect((await due(ada)).due).toMatchObject([{ chat_id: 'ada' }]);
    expect(await due()).toMatchObject({ due: [], next_at: null });
    expect(await fanOut()).toBe(1);
    expect((await due()).due).toMatchObject([{ chat_id: 'ops' }]);
  });

  it('each destination is given its oldest, and the next when that is sent or put off', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut, due, failed, sent } = notifying(on);
    // The older event belongs to the greater id: the order is that of events, not of tasks.
    const [two = nobody, one = nobody] = [await on.create('A task'), await on.create('Another')].toSorted();
    for (const id of [one, two]) await subscribe(id);
    await subscribe(two, { chat_id: 'team' });
    for (const id of [one, two]) await on.done(id);
    await fanOut();
    const oldest = (await due()).due;
    expect(oldest.map(({ task_id, chat_id }) => [task_id, chat_id])).toEqual([
      [one, 'ops'],
      [two, 'team'],
    ]);
    await failed(oldest[0]?.id ?? 0, on.clock.now() + 1);
    await sent(oldest[1]?.id ?? 0);
    expect((await due()).due).toMatchObject([{ task_id: two, chat_id: 'ops' }]);
  });

  it('what failed is due again at its time, and only that', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut, due, failed, drain } = notifying(on);
    const [one, two] = [await on.create('One'), await on.create('Two')];
    for (const id of [one, two]) {
      await subscribe(id);
      await on.done(id);
    }
    await fanOut();
    const [first] = (await due()).due;
    await failed(first?.id ?? 0, on.clock.now() + 5000);
    expect(await drain()).toMatchObject([{ task_id: two }]);
    expect(await due()).toMatchObject({ due: [], next_at: on.clock.now() + 5000 });
    on.clock.advance(5);
    expect(await drain()).toMatchObject([{ id: first?.id, attempts: 1, last_error: 'HTTP 503' }]);
    expect(await due()).toMatchObject({ due: [], next_at: null });
    expect((await on.dump()).andon_deliveries).toMatchObject([
      { state: 'sent', attempts: 2, last_error: null, sent_at: on.clock.now() },
      { state: 'sent', attempts: 1 },
    ]);
  });

  it('a delivery that is given up stays to be seen, and is never due', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut, due, failed } = notifying(on);
    const id = await on.create('Work');
    await subscribe(id);
    await on.done(id);
    await fanOut();
    await failed((await due()).due[0]?.id ?? 0, null);
    on.clock.advance(1e6);
    expect(await due()).toMatchObject({ due: [], next_at: null });
    expect((await on.dump()).andon_deliveries).toMatchObject([{ state: 'dead', last_error: 'HTTP 503' }]);
  });

  it('who unsubscribed hears nothing more, not even what was on its way', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut, due } = notifying(on);
    const id = await on.create('Work');
    await subscribe(id);
    await on.done(id);
    await fanOut();
    value(await on.kernel.unsubscribe(board, { task_id: id, ...ops, thread_id: '' }));
    expect(await due()).toMatchObject({ due: [], next_at: null });
  });

  it('blocked, unblocked and blocked again is told twice', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut, drain } = notifying(on);
    const id = await on.create('Work');
    await subscribe(id);
    for (const reason of ['Which?', 'And now?']) {
      value(await on.kernel.block(board, { task_id: id, reason }));
      value(await on.kernel.unblock(board, { task_id: id }));
      await fanOut();
    }
    const reasons = (await drain()).map(({ event }) => event.payload?.['reason']);
    expect(reasons).toEqual(['Which?', 'And now?']);
  });

  it('an event that another program wrote is delivered like ours', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut, due } = notifying(on);
    const id = await on.create('Work');
    await subscribe(id);
    await on.foreign(`update tasks set status = 'done', result = 'by Hermes' where id = '${id}';
      insert into task_events (task_id, kind, payload, created_at)
        select id, 'completed', '{"summary":"by Hermes"}', created_at from tasks where id = '${id}'`);
    expect(await fanOut()).toBe(1);
    expect((await due()).due).toMatchObject([
      { result: 'by Hermes', event: { kind: 'completed', payload: { summary: 'by Hermes' } } },
    ]);
  });

  it('a delivery that is not there is refused', async () => {
    const { kernel, create, refused } = openBoard(kind);
    await create('Work');
    const input = { ...notifier, id: 99, outcome: { sent: true } } as const;
    await refused('unknown_subscription', () => kernel.recordDelivery(board, input));
  });
});
