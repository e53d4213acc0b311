import { describe, expect, it } from 'vitest';
import { board, openBoard, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Contract §4.1: the key is looked up inside the transaction. */
describe.each(stores)('the idempotency key on $name', (kind) => {
  const input = { title: 'Nightly build', idempotency_key: 'nightly-1' };

  it('a second create answers the first task and writes nothing', async () => {
    const { kernel, dump } = openBoard(kind);
    const first = value(await kernel.create(board, input));
    const before = await dump();
    const again = value(await kernel.create(board, { ...input, title: 'Another title' }));
    expect(again).toEqual({ task: first.task, created: false });
    expect(await dump()).toEqual(before);
  });

  it('the key of a done task still answers it; that of an archived one is free', async () => {
    const { kernel, done } = openBoard(kind);
    const first = value(await kernel.create(board, input)).task;
    await done(first.id);
    expect(value(await kernel.create(board, input)).task.id).toBe(first.id);
    value(await kernel.archive(board, { task_id: first.id }));
    const second = value(await kernel.create(board, input));
    expect(second.created).toBe(true);
    expect(second.task.id).not.toBe(first.id);
    expect(value(await kernel.create(board, input)).task.id).toBe(second.task.id);
  });

  it('a blank key is no key', async () => {
    const { kernel } = openBoard(kind);
    const blank = { title: 'Each its own', idempotency_key: '  ' };
    const answers = [value(await kernel.create(board, blank)), value(await kernel.create(board, blank))];
    expect(answers.map(({ created, task }) => [created, task.idempotency_key])).toEqual([
      [true, null],
      [true, null],
    ]);
  });

  it('twenty creates at once make one task', async () => {
    const { kernel } = openBoard(kind);
    const answers = await Promise.all(Array.from({ length: 20 }, () => kernel.create(board, input)));
    expect(answers.filter((answer) => value(answer).created)).toHaveLength(1);
    expect(new Set(answers.map((answer) => value(answer).task.id)).size).toBe(1);
  });

  it('creates from two stores on one database make one task', async () => {
    const { kernel, another, dump } = openBoard(kind);
    const other = another();
    const asked = Array.from({ length: 20 }, (_, index) => (index % 2 ? other : kernel).create(board, input));
    const answers = await Promise.all(asked);
    expect(new Set(answers.map((answer) => value(answer).task.id)).size).toBe(1);
    expect((await dump()).tasks).toHaveLength(1);
  });
});
