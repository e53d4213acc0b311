import { describe, expect, it } from 'vitest';
import type { TaskId } from '../../src/domain/ids.ts';
import { board, nobody, openBoard, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Contract §4.7. */
describe.each(stores)('comments on $name', (kind) => {
  it('a comment is stored trimmed, and its event tells the length as it was given', async () => {
    const { create, clock, kernel, show, lastEvent } = openBoard(kind);
    const id = await create('Work');
    const { comment } = value(
      await kernel.comment(board, { task_id: id, author: ' ada ', body: '  Use the `main` branch.\n' }),
    );
    const stored = {
      task_id: id,
      author: 'ada',
      body: 'Use the `main` branch.',
      created_at: clock.seconds(),
    };
    expect(comment).toMatchObject(stored);
    expect((await show(id)).comments).toMatchObject([stored]);
    expect(await lastEvent(id)).toMatchObject({
      kind: 'commented',
      payload: { author: 'ada', len: 25 },
      run_id: null,
    });
  });

  it('who asked for something stands in every event that it leaves', async () => {
    const { create, kernel, show, start } = openBoard(kind);
    const parent = await create('Parent');
    const child = await create('Child', { parents: [parent] });
    value(await kernel.complete(board, { task_id: parent, actor: 'ada' }));
    value(await kernel.edit(board, { task_id: child, priority: 3, actor: 'bea' }));
    await start(child);
    const told = async (id: TaskId) =>
      (await show(id)).events.map(({ kind: what, payload }) => [what, payload?.['by']]);
    expect(await told(parent)).toEqual([
      ['created', undefined],
      ['completed', 'ada'],
    ]);
    expect(await told(child)).toEqual([
      ['created', undefined],
      ['promoted', 'ada'],
      ['reprioritized', 'bea'],
      ['claimed', undefined],
    ]);
  });

  it('comments of one second keep their order', async () => {
    const { create, kernel, show } = openBoard(kind);
    const id = await create('Work');
    for (const body of ['one', 'two', 'three']) {
      value(await kernel.comment(board, { task_id: id, author: 'ada', body }));
    }
    expect((await show(id)).comments.map(({ body }) => body)).toEqual(['one', 'two', 'three']);
  });

  it('a done task can still be discussed', async () => {
    const { create, done, kernel } = openBoard(kind);
    const id = await create('Work');
    await done(id);
    expect((await kernel.comment(board, { task_id: id, author: 'ada', body: 'Thanks.' })).ok).toBe(true);
  });

  it('blank words, a blank author and an unknown task are refused', async () => {
    const { create, kernel, refused } = openBoard(kind);
    const task_id = await create('Work');
    await refused('blank_text', () => kernel.comment(board, { task_id, author: 'ada', body: ' \n' }));
    await refused('blank_text', () => kernel.comment(board, { task_id, author: ' ', body: 'Hello.' }));
    await refused('unknown_task', () =>
      kernel.comment(board, { task_id: nobody, author: 'ada', body: 'Hello.' }),
    );
  });
});
