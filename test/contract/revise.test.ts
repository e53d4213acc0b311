import { describe, expect, it } from 'vitest';
import { asEventId } from '../../src/domain/ids.ts';
import { board, nobody, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Contract §10, `PATCH`: several changes of one task, all of them or none (contract §15.26). */
describe.each(stores)('several changes at once on $name', (kind) => {
  it('are made together', async () => {
    const { kernel, create, kinds } = openBoard(kind);
    const id = await create('Old');
    const input = {
      task_id: id,
      assignee: profile('ada'),
      status: 'triage',
      title: 'New',
      priority: 3,
    } as const;
    const { task } = value(await kernel.revise(board, input));
    expect(task).toMatchObject({ assignee: 'ada', status: 'triage', title: 'New', priority: 3 });
    expect(await kinds(id)).toEqual(['created', 'assigned', 'status', 'edited', 'reprioritized']);
  });

  it('are refused together', async () => {
    const { kernel, create, refused, claim } = openBoard(kind);
    const id = await create('Stays');
    const half = { task_id: id, assignee: profile('ada'), status: 'done' } as const;
    await refused('blank_text', () => kernel.revise(board, { ...half, title: ' ' }));
    await refused('invalid_input', () => kernel.revise(board, { task_id: id }));
    await refused('unknown_task', () => kernel.revise(board, { ...half, task_id: nobody }));
    await claim(id);
    await refused('already_running', () => kernel.revise(board, half));
  });

  it('need the caller to know the task as it is, if it says so', async () => {
    const { kernel, create, lastEvent, refused } = openBoard(kind);
    const id = await create('Read');
    const { id: seen } = await lastEvent(id);
    const change = { task_id: id, priority: 1 };
    value(await kernel.revise(board, { ...change, if_event: seen }));
    await refused('changed_meanwhile', () => kernel.revise(board, { ...change, if_event: seen }));
    await refused('changed_meanwhile', () => kernel.revise(board, { ...change, if_event: asEventId(1e9) }));
  });

  it('go by the verb that leads to the status', async () => {
    const { kernel, create } = openBoard(kind);
    const id = await create('Moved');
    const bring = async (input: object) => {
      const { task } = value(await kernel.revise(board, { task_id: id, ...input }));
      return task.status;
    };
    expect(await bring({ status: 'blocked', reason: 'Which one?' })).toBe('blocked');
    expect(await bring({ status: 'ready' })).toBe('ready');
    expect(await bring({ status: 'scheduled' })).toBe('scheduled');
    expect(await bring({ status: 'ready' })).toBe('ready');
    expect(await bring({ status: 'done', result: '42', summary: 'Counted.' })).toBe('done');
    expect(await bring({ result: '43' })).toBe('done');
    expect(await bring({ status: 'todo' })).toBe('ready');
    expect(await bring({ status: 'archived' })).toBe('archived');
    expect(await bring({ assignee: null })).toBe('archived');
    const view = value(await kernel.show(board, { task_id: id }));
    expect(view.runs.at(-1)).toMatchObject({ outcome: 'completed', summary: '43' });
  });
});
