import { describe, expect, it } from 'vitest';
import { board, exited, nobody, openBoard, profile, value } from '../support/board.ts';
import { everybody, notifier, notifying, ops } from '../support/notifying.ts';
import { stores } from '../support/stores.ts';

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
      delivery_mode: 'notify',
      delivery_metadata: null,
      last_ping_event_id: 0,
      notify_progress: false,
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

  it('it says what the task has cost so far', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut, due } = notifying(on);
    const id = await on.create('Costly');
    await subscribe(id);
    const { run_id } = await on.start(id);
    const usage = {
      ...{ model: 'one', input_tokens: 100, output_tokens: 20, cache_read_tokens: 60, cache_write_tokens: 0 },
      ...{ reasoning_tokens: 0, cost_micros: 5000, source: 'agent' as const },
    };
    value(await on.kernel.recordUsage(board, { task_id: id, run_id, usages: [usage] }));
    value(await on.kernel.complete(board, { task_id: id, run_id }));
    await fanOut();
    expect((await due()).due).toMatchObject([{ task_id: id, spent: { cost_micros: 5000, tokens: 120 } }]);
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
    await refused('unknown_delivery', () => kernel.recordDelivery(board, input));
  });

  it('one that is held back is due later, and no attempt was made', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut, due, held } = notifying(on);
    const id = await on.create('Work');
    await subscribe(id);
    await on.done(id);
    await fanOut();
    const [first] = (await due()).due;
    await held(first?.id ?? 0, on.clock.now() + 3_600_000);
    expect(await due()).toMatchObject({ due: [], next_at: on.clock.now() + 3_600_000 });
    on.clock.advance(3600);
    expect((await due()).due).toMatchObject([{ id: first?.id, attempts: 0, state: 'pending' }]);
  });

  it('all that is due at one place can be asked for', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut } = notifying(on);
    for (const title of ['One', 'Two']) {
      const id = await on.create(title);
      for (const more of [{}, { thread_id: '7' }]) await subscribe(id, more);
      await on.done(id);
    }
    await fanOut();
    const asked = { ...everybody, limit: 10, of: { ...ops, thread_id: '7' } };
    const { due } = value(await on.kernel.dueDeliveries(board, asked));
    expect(due.map(({ title, thread_id }) => [title, thread_id])).toEqual([
      ['One', '7'],
      ['Two', '7'],
    ]);
  });

  it('what was given up is sent again when somebody asks, and what arrived is not', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut, due, failed, sent } = notifying(on);
    const id = await on.create('Work');
    for (const chat_id of ['ops', 'team', 'late']) await subscribe(id, { chat_id });
    await on.done(id);
    await fanOut();
    const [one, two, three] = (await due()).due.map((delivery) => delivery.id);
    await failed(one ?? 0, null);
    await sent(two ?? 0);
    await failed(three ?? 0, on.clock.now() + 60_000);
    const { kernel, refused } = on;
    await refused('wrong_status', () => kernel.retryDeliveries(board, { ids: [one ?? 0, two ?? 0] }));
    await refused('unknown_delivery', () => kernel.retryDeliveries(board, { ids: [99] }));
    expect(value(await kernel.retryDeliveries(board, {}))).toBe(1);
    expect(value(await kernel.retryDeliveries(board, { ids: [three ?? 0] }))).toBe(1);
    expect((await due()).due).toMatchObject([
      { id: one, attempts: 0, last_error: 'HTTP 503' },
      { id: three, attempts: 0 },
    ]);
    const listed = value(await kernel.deliveries(board, { limit: 10 }));
    expect(listed.map((delivery) => [delivery.id, delivery.state])).toEqual([
      [three, 'pending'],
      [two, 'sent'],
      [one, 'pending'],
    ]);
    expect(value(await kernel.deliveries(board, { limit: 1, before: three }))).toMatchObject([{ id: two }]);
    expect(value(await kernel.deliveries(board, { limit: 9, state: 'sent' }))).toHaveLength(1);
    expect(value(await kernel.deliveries(board, { limit: 9, task_id: nobody }))).toEqual([]);
  });
});

/** Contract §7.6. */
describe.each(stores)('wishes of a subscription on $name', (kind) => {
  it('the last word counts, and metadata are laid over each other', async () => {
    const on = openBoard(kind);
    const { subscribe } = notifying(on);
    const id = await on.create('Work');
    const given = { reply_to: '17', deep: { no: 1 }, none: null };
    expect(await subscribe(id, { delivery_mode: 'wake', delivery_metadata: given })).toMatchObject({
      delivery_mode: 'wake',
      delivery_metadata: { reply_to: '17' },
    });
    expect(await subscribe(id, { delivery_metadata: { lang: 'de' }, notify_progress: true })).toMatchObject({
      delivery_mode: 'wake',
      delivery_metadata: { reply_to: '17', lang: 'de' },
      notify_progress: true,
    });
    expect(await subscribe(id, { delivery_mode: 'notify' })).toMatchObject({ delivery_mode: 'notify' });
    expect(await subscribe(id, { platform: 'api_server' })).toMatchObject({ delivery_mode: 'notify+wake' });
    const child = await on.create('Child', { parents: [id] });
    expect(value(await on.kernel.subscriptions(board, { task_id: child }))[1]).toMatchObject({
      ...ops,
      delivery_metadata: { reply_to: '17', lang: 'de' },
    });
  });

  it('a mode that another program invented means notify', async () => {
    const on = openBoard(kind);
    const { subscribe } = notifying(on);
    await subscribe(await on.create('Work'));
    await on.foreign("update kanban_notify_subs set delivery_mode = 'shout'");
    expect(value(await on.kernel.subscriptions(board, {}))[0]?.delivery_mode).toBe('notify');
  });

  it('notes of a worker are told to whoever wants them, and a note without words to nobody', async () => {
    const on = openBoard(kind);
    const { subscribe, fanOut, drain } = notifying(on);
    const id = await on.create('Work');
    await subscribe(id);
    await subscribe(id, { chat_id: 'close', notify_progress: true });
    await on.claim(id);
    value(await on.kernel.heartbeat(board, { task_id: id, note: 'Half way.' }));
    await on.foreign(`insert into task_events (task_id, kind, created_at)
      values ('${id}', 'heartbeat', ${on.clock.seconds()})`);
    expect(await fanOut()).toBe(1);
    expect(await drain()).toMatchObject([{ chat_id: 'close', event: { payload: { note: 'Half way.' } } }]);
    expect((await notifying(on).due()).behind).toBe(false);
  });

  it('a create subscribes in the same transaction, once, also when its key answers', async () => {
    const on = openBoard(kind);
    const input = { title: 'Work', idempotency_key: 'k', subscribe: { ...ops, thread_id: '7' } };
    const first = value(await on.kernel.create(board, input));
    const again = value(await on.kernel.create(board, input));
    expect(again).toMatchObject({ created: false, task: { id: first.task.id } });
    expect(value(await on.kernel.subscriptions(board, {}))).toMatchObject([
      { ...ops, thread_id: '7', task_id: first.task.id },
    ]);
    const blank = { title: 'Other', subscribe: { platform: 'webhook', chat_id: ' ' } };
    await on.refused('blank_text', () => on.kernel.create(board, blank));
  });
});
