import { describe, expect, it } from 'vitest';
import { asEpoch, type TaskId } from '../../src/domain/ids.ts';
import { type Board, board, nobody, openBoard, profile, value } from '../support/board.ts';
import { notifier, notifying } from '../support/notifying.ts';
import { stores } from '../support/stores.ts';

/** Contract §7.6. */
describe.each(stores)('waking the agent of a place on $name', (kind) => {
  async function told(on: Board) {
    const { subscribe, fanOut, due, sent } = notifying(on);
    const id = await on.create('Work');
    await subscribe(id, { thread_id: '7', delivery_mode: 'wake' });
    return async (reason: string) => {
      value(await on.kernel.block(board, { task_id: id, reason }));
      value(await on.kernel.unblock(board, { task_id: id }));
      await fanOut();
      const [delivery] = (await due()).due;
      const delivery_id = delivery?.id ?? 0;
      const title = `t blocked: ${reason}`;
      const input = { ...notifier, delivery_id, profile: profile('helper'), title, body: reason };
      return { input, wake: () => on.kernel.wake(board, input), settle: () => sent(delivery_id) };
    };
  }

  it('starts one turn for an event, however often it is asked for', async () => {
    const on = openBoard(kind);
    const tell = await told(on);
    const { wake, settle } = await tell('Which?');
    const { task } = value(await wake());
    expect(task).toMatchObject({
      title: 't blocked: Which?',
      assignee: 'helper',
      session_id: 'webhook:ops#7',
      status: 'ready',
    });
    expect(value(await wake()).task).toBeNull();
    await settle();
    const [subscription] = value(await on.kernel.subscriptions(board, {}));
    expect(subscription?.last_ping_event_id).toBe(subscription?.last_event_id);
  });

  it('no faster than it works: one turn runs, one waits for it, the rest is added to that', async () => {
    const on = openBoard(kind);
    const tell = await told(on);
    const turn = async (reason: string) => {
      const { wake, settle } = await tell(reason);
      const { task } = value(await wake());
      await settle();
      if (task === null) throw new Error('Nobody was woken.');
      return task;
    };
    const first = await turn('One.');
    expect(await turn('Two.')).toMatchObject({ id: first.id });
    await on.claim(first.id);
    const second = await turn('Three.');
    expect(second).toMatchObject({ status: 'todo' });
    expect(await turn('Four.')).toMatchObject({ id: second.id });
    expect((await on.show(first.id)).comments.map(({ body }) => body)).toEqual(['Two.']);
    expect((await on.show(second.id)).comments.map(({ body }) => body)).toEqual(['Four.']);
    await on.done(first.id);
    expect((await on.task(second.id)).status).toBe('ready');
  });

  it('the end of a turn is told to people, if it is told at all, and wakes nobody', async () => {
    const on = openBoard(kind);
    const tell = await told(on);
    const ofTask = async (task_id: TaskId) => value(await on.kernel.subscriptions(board, { task_id }));
    const first = await tell('Which?');
    const silent = value(await first.wake()).task;
    expect(silent && (await ofTask(silent.id))).toEqual([]);
    await first.settle();
    await on.done(silent?.id ?? nobody);
    const second = await tell('And now?');
    const spoken = value(await on.kernel.wake(board, { ...second.input, told: true })).task;
    expect(spoken && (await ofTask(spoken.id))).toMatchObject([
      { platform: 'webhook', chat_id: 'ops', thread_id: '7', delivery_mode: 'notify' },
    ]);
  });

  it('is refused without a delivery, and by an old leader', async () => {
    const on = openBoard(kind);
    const { input } = await (await told(on))('Which?');
    await on.refused('unknown_delivery', () => on.kernel.wake(board, { ...input, delivery_id: 99 }));
    value(await on.kernel.raiseEpoch(board, { ...notifier, epoch: asEpoch(9) }));
    await on.refused('not_leader', () => on.kernel.wake(board, input));
    await on.refused('blank_text', () => on.kernel.wake(board, { ...input, epoch: asEpoch(9), title: ' ' }));
  });
});
