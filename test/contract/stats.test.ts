import { describe, expect, it } from 'vitest';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { board, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Contract §10, `GET /stats`. */
describe.each(stores)('statistics on $name', (kind) => {
  it('count by status and by profile, without what is archived, and tell how long the oldest ready task waits', async () => {
    const { create, kernel, claim, clock, done } = openBoard(kind);
    const parent = await create('Parent', { assignee: profile('ada') });
    const child = await create('Child', { assignee: profile('ada'), parents: [parent] });
    clock.advance(60);
    await create('Nobody’s');
    await create('Bob’s', { assignee: profile('bob') });
    const gone = await create('Gone', { assignee: profile('bob') });
    value(await kernel.archive(board, { task_id: gone }));
    await claim(parent);
    clock.advance(40);
    const before = value(await kernel.stats(board, {}));
    expect(before).toMatchObject({
      by_status: { todo: 1, ready: 2, running: 1, done: 0, triage: 0 },
      by_assignee: { ada: { running: 1, todo: 1 }, bob: { ready: 1 } },
      oldest_ready_age_seconds: 40,
      now: Math.floor(clock.now() / 1000),
    });
    expect(before.by_status).not.toHaveProperty('archived');
    await done(parent);
    await done(child);
    expect(value(await kernel.stats(board, {})).by_assignee['ada']).toEqual({ done: 2 });
  });

  it('of a board that was never made are all nothing', async () => {
    const kernel = createKernel(kind.place().open({}));
    const { by_status, by_assignee, oldest_ready_age_seconds } = value(await kernel.stats(board, {}));
    expect(new Set(Object.values(by_status))).toEqual(new Set([0]));
    expect([by_assignee, oldest_ready_age_seconds]).toEqual([{}, null]);
    await kernel.close();
  });
});

describe.each(stores)('listing by workflow on $name', (kind) => {
  it('the template and the step filter', async () => {
    const { create, kernel, foreign } = openBoard(kind);
    const one = await create('One');
    const two = await create('Two');
    await foreign(`update tasks set workflow_template_id = 'release', current_step_key = 'build' where id = '${one}';
      update tasks set workflow_template_id = 'release', current_step_key = 'ship' where id = '${two}'`);
    const ids = async (filter: Parameters<typeof kernel.list>[1]) =>
      value(await kernel.list(board, { sort: 'title', ...filter })).map((task) => task.id);
    expect(await ids({ workflow_template_id: 'release' })).toEqual([one, two]);
    expect(await ids({ workflow_template_id: 'release', current_step_key: 'ship' })).toEqual([two]);
    expect(await ids({ workflow_template_id: 'other' })).toEqual([]);
  });
});
