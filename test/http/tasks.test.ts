import { describe, expect, it } from 'vitest';
import { stores } from '../support/stores.ts';
import { openApi } from './api.ts';

const b = '/boards/default';

/** Tasks over HTTP, on both databases. */
describe.each(stores)('tasks over HTTP on $name', (kind) => {
  it('are made, found, shown and changed', async () => {
    const api = await openApi(kind);
    const id = await api.create('Count', { assignee: 'ada', priority: 3, skills: ['git'] });
    const shown = await api.ask('GET', `${b}/tasks/${id}`);
    expect(shown).toMatchObject({ task: { id, title: 'Count', assignee: 'ada', created_by: 'admin' } });
    const { columns } = await api.ask('GET', `${b}/columns`);
    expect(columns).toMatchObject([
      {},
      {},
      {},
      { status: 'ready', count: 1, cards: [{ id }] },
      {},
      {},
      {},
      {},
    ]);
    const { task } = await api.ask('PATCH', `${b}/tasks/${id}`, {
      body: { title: 'Count all', assignee: null },
    });
    expect(task).toMatchObject({ title: 'Count all', assignee: null });
    const { events } = await api.ask('GET', `${b}/tasks/${id}/events`);
    expect(events).toMatchObject([
      { kind: 'edited', payload: { by: 'admin' } },
      { kind: 'assigned' },
      { kind: 'created' },
    ]);
  });
});
