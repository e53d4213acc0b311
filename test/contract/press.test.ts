import { describe, expect, it } from 'vitest';
import type { ButtonName } from '../../src/domain/button.ts';
import type { TaskId } from '../../src/domain/ids.ts';
import type { PressButton } from '../../src/kernel/press.ts';
import { type Board, board, exited, nobody, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** The press of a button below the newest message of a task. */
async function pressOf(on: Board, task_id: TaskId, kind: string, button: ButtonName) {
  const { events } = await on.show(task_id);
  const event = events.findLast((each) => each.kind === kind);
  if (event === undefined) throw new Error(`Task ${task_id} has no event ${kind}.`);
  return (more: Partial<PressButton> = {}) =>
    on.kernel.press(board, { task_id, event_id: event.id, button, by: 'ana', ...more });
}

describe.each(stores)('a press on $name', (kind) => {
  async function blocked() {
    const on = openBoard(kind);
    const id = await on.create('Work', { assignee: profile('coder') });
    value(await on.kernel.block(board, { task_id: id, reason: 'Which?' }));
    return { on, id };
  }

  it('of Unblock lets the task go on, once, and tells a second one who was quicker', async () => {
    const { on, id } = await blocked();
    const press = await pressOf(on, id, 'blocked', 'unblock');
    expect(value(await press()).task.status).toBe('ready');
    const late = await on.refused('stale_press', () => press({ by: 'bob' }));
    expect(late.sentence).toBe(`Nothing was done: ana unblocked it already; ${id} is ready now.`);
  });

  it('of a message that a newer one has overtaken does nothing', async () => {
    const { on, id } = await blocked();
    const old = await pressOf(on, id, 'blocked', 'unblock');
    value(await on.kernel.unblock(board, { task_id: id }));
    value(await on.kernel.block(board, { task_id: id, reason: 'And now?' }));
    const late = await on.refused('stale_press', () => old());
    expect(late.sentence).toContain('has moved on since that message');
    value(await (await pressOf(on, id, 'blocked', 'unblock'))());
    expect((await on.task(id)).status).toBe('ready');
  });

  it('of Unblock when somebody has done it elsewhere is refused as any unblock is', async () => {
    const { on, id } = await blocked();
    const press = await pressOf(on, id, 'blocked', 'unblock');
    value(await on.kernel.unblock(board, { task_id: id }));
    await on.refused('wrong_status', () => press());
    expect((await on.dump()).andon_presses).toEqual([]);
  });

  it('of two at once exactly one counts', async () => {
    const { on, id } = await blocked();
    const press = await pressOf(on, id, 'blocked', 'unblock');
    const answers = await Promise.all(['ana', 'bob', 'eve'].map((by) => press({ by })));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await on.kinds(id)).filter((each) => each === 'unblocked')).toHaveLength(1);
  });

  it('of Answer writes the answer for the next worker; without words it is refused', async () => {
    const { on, id } = await blocked();
    const press = await pressOf(on, id, 'blocked', 'answer');
    await on.refused('blank_text', () => press({ text: ' ' }));
    value(await press({ text: ' The blue one. ' }));
    const { task, comments } = await on.show(id);
    expect(task.status).toBe('ready');
    expect(comments).toMatchObject([{ author: 'ana', body: 'UNBLOCK: The blue one.' }]);
  });

  it('of Answer brings a card that was blocked too often out of triage', async () => {
    const on = openBoard(kind);
    const id = await on.create('Work');
    for (const reason of ['No key.', 'No key.']) {
      await on.claim(id);
      value(await on.kernel.block(board, { task_id: id, reason, kind: 'capability' }));
      if (reason !== 'No key.' || (await on.task(id)).status === 'blocked')
        value(await on.kernel.unblock(board, { task_id: id }));
    }
    expect((await on.task(id)).status).toBe('triage');
    const press = await pressOf(on, id, 'block_loop_detected', 'answer');
    value(await press({ text: 'Here is the key.' }));
    expect((await on.task(id)).status).toBe('ready');
  });

  it('of Retry forgives the failures', async () => {
    const on = openBoard(kind);
    const id = await on.create('Work', { max_retries: 1 });
    await on.reap(await on.start(id), exited(1));
    value(await (await pressOf(on, id, 'gave_up', 'retry'))());
    expect(await on.task(id)).toMatchObject({ status: 'ready', consecutive_failures: 0 });
  });

  it('of Reassign gives it to another, who goes on with it', async () => {
    const { on, id } = await blocked();
    const press = await pressOf(on, id, 'blocked', 'reassign');
    await on.refused('invalid_input', () => press());
    value(await press({ assignee: profile('carol') }));
    expect(await on.task(id)).toMatchObject({ status: 'ready', assignee: 'carol' });
  });

  it('of Approve and Request changes answers a review', async () => {
    const on = openBoard(kind);
    const coder = { assignee: profile('coder') };
    const [good, bad, moved] = [
      await on.create('Good', coder),
      await on.create('Bad', coder),
      await on.create('Moved', coder),
    ];
    for (const task_id of [good, bad, moved])
      value(await on.kernel.requestReview(board, { task_id, reviewer: profile('ana') }));
    value(await (await pressOf(on, good, 'review_requested', 'approve'))());
    expect((await on.show(good)).latest_summary).toBe('Approved by ana.');
    value(await (await pressOf(on, bad, 'review_requested', 'changes'))({ text: 'No tests.' }));
    expect(await on.task(bad)).toMatchObject({ status: 'ready', assignee: 'coder' });
    value(await (await pressOf(on, moved, 'review_requested', 'reassign'))({ assignee: profile('bob') }));
    expect(await on.task(moved)).toMatchObject({ status: 'review', assignee: 'bob' });
  });

  it('of Stop parks a task that is about to be tried again', async () => {
    const on = openBoard(kind);
    const id = await on.create('Work');
    await on.reap(await on.start(id), exited(1));
    value(await (await pressOf(on, id, 'crashed', 'stop'))());
    expect((await on.task(id)).status).toBe('blocked');
  });

  it('of I am on it ends the reminding', async () => {
    const { on, id } = await blocked();
    value(await (await pressOf(on, id, 'blocked', 'ack'))());
    expect((await on.dump()).andon_escalations).toMatchObject([{ acknowledged_by: 'ana' }]);
  });

  it('of a task that is gone is refused', async () => {
    const { on, id } = await blocked();
    const press = await pressOf(on, id, 'blocked', 'unblock');
    await on.refused('unknown_task', () => press({ task_id: nobody }));
  });
});
