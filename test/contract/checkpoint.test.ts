import { describe, expect, it } from 'vitest';
import { mostCheckpoint } from '../../src/domain/checkpoint.ts';
import { asMillis, toSeconds } from '../../src/domain/ids.ts';
import { board, killed, nobody, openBoard, profile, ttl, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

describe.each(stores)('a checkpoint on $name', (kind) => {
  it('is a sign of life, and the newest of an attempt is what the card shows', async () => {
    const { kernel, create, start, show, lastEvent, clock } = openBoard(kind);
    const task_id = await create('Long');
    const { run_id } = await start(task_id);
    expect((await show(task_id)).checkpoint).toBeNull();
    value(await kernel.checkpoint(board, { task_id, run_id, text: 'Begun.', data: { at: 1 } }));
    clock.advance(60);
    const { task } = value(await kernel.checkpoint(board, { task_id, run_id, text: ' Half.\nMore. ' }));
    expect(task).toMatchObject({
      last_heartbeat_at: clock.seconds(),
      claim_expires: clock.seconds() + ttl,
    });
    const at = asMillis(clock.now());
    expect((await show(task_id)).checkpoint).toEqual({ run_id, text: 'Half.\nMore.', data: null, at });
    expect(await lastEvent(task_id)).toMatchObject({
      kind: 'checkpoint',
      run_id,
      payload: { text: 'Half.' },
    });
  });

  it('of the newest attempt that is over and said something is in the brief of the next', async () => {
    const { kernel, create, start, reap, clock } = openBoard(kind);
    const brief = async () => value(await kernel.brief(board, { task_id }));
    const task_id = await create('Retried', { assignee: profile('ada'), max_retries: 9 });
    const say = async (run_id: typeof first.run_id, text: string) =>
      value(await kernel.checkpoint(board, { task_id, run_id, text, data: { text } }));
    const first = await start(task_id);
    await say(first.run_id, 'One third.');
    expect(await brief()).not.toContain('Last checkpoint');
    const time = new Date(toSeconds(asMillis(clock.now())) * 1000).toISOString().slice(11, 16);
    await reap(first, killed);
    await reap(await start(task_id), killed);
    const third = await start(task_id);
    await say(third.run_id, 'Two thirds.');
    expect(await brief()).toMatch(
      new RegExp(`## Last checkpoint\\n\\n.*Attempt 1 .* ${time} UTC:\\n\\nOne third\\.\\nData: \\{"text"`),
    );
    await reap(third, killed);
    expect(await brief()).toMatch(/Attempt 3 .*\n\nTwo thirds\./);
  });

  it('comes only from whoever holds the task, in words that are neither blank nor too long', async () => {
    const { kernel, create, start, claim, refused } = openBoard(kind);
    const task_id = await create('Fenced');
    const text = 'Half.';
    const say = (more: object) => () => kernel.checkpoint(board, { task_id, text, ...more });
    await refused('not_running', say({}));
    await refused('unknown_task', say({ task_id: nobody }));
    const { run_id } = await start(task_id, { token_hash: 'right' });
    await refused('stale_run', say({ run_id: run_id + 1, proof: 'right' }));
    await refused('out_of_scope', say({ run_id, proof: 'wrong' }));
    await refused('blank_text', say({ run_id, proof: 'right', text: ' \n' }));
    await refused('invalid_input', say({ run_id, proof: 'right', text: 'x'.repeat(mostCheckpoint + 1) }));
    const data = { long: 'x'.repeat(mostCheckpoint) };
    await refused('invalid_input', say({ run_id, proof: 'right', data }));

    const other = await create('By hand');
    await claim(other);
    value(await kernel.checkpoint(board, { task_id: other, text }));
    await refused('stale_run', () =>
      kernel.checkpoint(board, { task_id: other, text, claim_lock: 'else:1' }),
    );
  });
});
