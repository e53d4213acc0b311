import { describe, expect, it } from 'vitest';
import { board, nobody, openBoard, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Contract §4.8. */
describe.each(stores)('attachments on $name', (kind) => {
  it('are noted with their event, found, and taken away with another', async () => {
    const { kernel, create, show, lastEvent, clock, refused } = openBoard(kind);
    const id = await create('Work');
    const file = {
      task_id: id,
      filename: 'plan.pdf',
      stored_path: '/home/kanban/attachments/plan.pdf',
      content_type: 'application/pdf',
      size: 42,
      uploaded_by: 'ada',
    };
    const attachment = value(await kernel.attach(board, file));
    expect(attachment).toEqual({ ...file, id: attachment.id, created_at: clock.seconds() });
    expect(await lastEvent(id)).toMatchObject({
      kind: 'attached',
      payload: { filename: 'plan.pdf', size: 42, by: 'ada' },
    });
    expect((await show(id)).attachments).toEqual([attachment]);
    expect(value(await kernel.attachment(board, { attachment_id: attachment.id }))).toEqual(attachment);

    expect(value(await kernel.detach(board, { attachment_id: attachment.id }))).toEqual(attachment);
    expect(await lastEvent(id)).toMatchObject({
      kind: 'attachment_removed',
      payload: { filename: 'plan.pdf' },
    });
    expect((await show(id)).attachments).toEqual([]);
    await refused('unknown_attachment', () => kernel.detach(board, { attachment_id: attachment.id }));
    await refused('unknown_task', () => kernel.attach(board, { ...file, task_id: nobody }));
  });

  it('come once by one key, however often they are heard of', async () => {
    const { kernel, create, show, kinds } = openBoard(kind);
    const [id, other] = [await create('Work'), await create('Other')];
    const file = {
      ...{ task_id: id, filename: 'plan.pdf', stored_path: '/a/plan.pdf', content_type: null, size: 42 },
      ...{ uploaded_by: null, key: 'telegram:5:abc' },
    };
    const first = value(await kernel.attach(board, file));
    const again = { ...file, filename: 'plan (1).pdf', stored_path: '/a/plan (1).pdf' };
    expect(value(await kernel.attach(board, again))).toEqual(first);
    expect((await show(id)).attachments).toEqual([first]);
    expect(await kinds(id)).toEqual(['created', 'attached']);
    value(await kernel.attach(board, { ...file, task_id: other }));
    value(await kernel.attach(board, { ...again, key: 'telegram:6:abc' }));
    value(await kernel.detach(board, { attachment_id: first.id }));
    expect(value(await kernel.attach(board, file)).id).not.toBe(first.id);
  });
});
