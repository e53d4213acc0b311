import { describe, expect, it } from 'vitest';
import type { CreateSwarm } from '../../src/domain/plan.ts';
import { board, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const input = (more: Partial<CreateSwarm> = {}): CreateSwarm => ({
  goal: 'Know the market\nIn all its parts',
  workers: [
    { profile: profile('ada'), title: 'Prices', skills: ['web'] },
    { profile: profile('bob'), title: 'Rivals' },
  ],
  verifier: profile('eve'),
  synthesizer: profile('sam'),
  tenant: 'acme',
  priority: 3,
  created_by: 'user',
  ...more,
});

/** Contract §4.15. */
describe.each(stores)('a swarm on $name', (kind) => {
  it('is workers, then a verifier, then a synthesizer, around a finished root', async () => {
    const { kernel, show, done, task } = openBoard(kind);
    const { created, ...ids } = value(await kernel.swarm(board, input()));
    expect(created).toBe(true);
    const { root_id, worker_ids, verifier_id, synthesizer_id } = ids;
    const root = await show(root_id);
    expect(root.task).toMatchObject({
      title: 'Swarm: Know the market',
      status: 'done',
      assignee: 'user',
      skills: ['kanban-orchestrator'],
    });
    expect(root.runs).toMatchObject([
      { metadata: { kind: 'kanban_swarm_v1', goal: 'Know the market\nIn all its parts', worker_count: 2 } },
    ]);
    expect(root.comments).toMatchObject([
      {
        author: 'user',
        body: `[swarm:blackboard] ${JSON.stringify({ key: 'topology', value: ids })}`,
      },
    ]);
    const workers = await Promise.all(worker_ids.map((id) => show(id)));
    expect(workers.map((view) => view.task)).toMatchObject([
      { title: 'Prices', status: 'ready', assignee: 'ada', skills: ['web'], tenant: 'acme', priority: 3 },
      { title: 'Rivals', status: 'ready', assignee: 'bob', skills: null },
    ]);
    expect(workers.every((view) => view.parents.join() === root_id)).toBe(true);
    expect(workers.every((view) => view.task.body?.includes(root_id))).toBe(true);
    const verifier = await show(verifier_id);
    expect(verifier.parents).toEqual([...worker_ids].toSorted());
    expect(verifier.task).toMatchObject({
      assignee: 'eve',
      skills: ['requesting-code-review'],
      status: 'todo',
    });
    expect(verifier.task.body).toContain('block');
    const synthesizer = await show(synthesizer_id);
    expect(synthesizer.parents).toEqual([verifier_id]);
    expect(synthesizer.task).toMatchObject({ assignee: 'sam', skills: ['humanizer'], status: 'todo' });
    for (const id of worker_ids) await done(id);
    expect((await task(verifier_id)).status).toBe('ready');
  });

  it('the same key answers the same swarm, also when others wrote on its blackboard since', async () => {
    const { kernel, dump } = openBoard(kind);
    const keyed = input({ idempotency_key: 'market' });
    const first = value(await kernel.swarm(board, keyed));
    for (const body of [
      '[swarm:blackboard] {"key":"prices","value":1}',
      '[swarm:blackboard] not JSON',
      'hello',
    ]) {
      value(await kernel.comment(board, { task_id: first.root_id, author: 'ada', body }));
    }
    const before = await dump();
    expect(value(await kernel.swarm(board, keyed))).toEqual({ ...first, created: false });
    expect(await dump()).toEqual(before);
  });

  it('what is wrong with any part of it refuses the whole', async () => {
    const { create, kernel, refused } = openBoard(kind);
    await create('Taken', { idempotency_key: 'taken' });
    const ask = (more: Partial<CreateSwarm>) => () => kernel.swarm(board, input(more));
    await refused('blank_text', ask({ goal: '  ' }));
    await refused('invalid_input', ask({ workers: [] }));
    const blank = [...input().workers, { profile: profile('cid'), title: ' ' }];
    expect((await refused('blank_text', ask({ workers: blank }))).sentence).toContain('`workers.2.title`');
    const comma = [{ profile: profile('cid'), title: 'One', skills: ['a,b'] }];
    await refused('invalid_input', ask({ workers: comma }));
    const refusal = await refused('invalid_input', ask({ idempotency_key: 'taken' }));
    expect(refusal.sentence).toContain('not the root of a swarm');
  });
});
