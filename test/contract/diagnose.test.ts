import { describe, expect, it } from 'vitest';
import { diagnosticDefaults } from '../../src/domain/diagnostics.ts';
import { board, killed, nobody, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const config = { ...diagnosticDefaults, failure_threshold: 2, specifies: true };

/** Contract §11; the rules themselves are tested beside `domain/diagnostic-rules.ts`. */
describe.each(stores)('diagnostics on $name', (kind) => {
  it('tell of the tasks with which something is wrong, of all or of one, and write nothing', async () => {
    const { create, kernel, start, reap, clock, dump, refused } = openBoard(kind);
    const fine = await create('Fine');
    const crashing = await create('Crashing', { assignee: profile('ada'), max_retries: 5 });
    for (const _ of [1, 2]) await reap(await start(crashing), killed);
    const waiting = await create('Waiting', { assignee: profile('bob') });
    clock.advance(2000);
    const before = await dump();
    const all = value(await kernel.diagnose(board, config));
    const told = new Map(all.map((each) => [each.task_title, each.diagnostics.map((one) => one.kind)]));
    expect(told).toEqual(
      new Map([
        ['Crashing', ['repeated_failures', 'stranded_in_ready']],
        ['Waiting', ['stranded_in_ready']],
      ]),
    );
    expect(value(await kernel.diagnose(board, { ...config, task_id: waiting }))).toMatchObject([
      { task_id: waiting, task_status: 'ready', task_assignee: 'bob' },
    ]);
    expect(value(await kernel.diagnose(board, { ...config, task_id: fine }))).toEqual([]);
    await refused('unknown_task', () => kernel.diagnose(board, { ...config, task_id: nobody }));
    expect(await dump()).toEqual(before);
  });

  it('a finished task is told of when its summary names tasks that do not exist', async () => {
    const { create, kernel, done } = openBoard(kind);
    const odd = await create('Odd');
    value(await kernel.complete(board, { task_id: odd, summary: 'See t_deadbeef.' }));
    await done(await create('Plain'));
    expect(value(await kernel.diagnose(board, config))).toMatchObject([
      { task_id: odd, diagnostics: [{ kind: 'prose_phantom_refs', data: { phantom_refs: ['t_deadbeef'] } }] },
    ]);
  });

  it('more tasks than one question holds are all looked at', async () => {
    const { kernel, foreign } = openBoard(kind);
    value(await kernel.init(board, {}));
    const rows = Array.from({ length: 250 }, (_, index) => `('t_${index}', 'Idea', 'triage', 1, 'scratch')`);
    await foreign(`insert into tasks (id, title, status, created_at, workspace_kind) values ${rows.join(', ')};
      insert into task_events (task_id, kind, payload, created_at)
        select id, 'created', '{"status":"triage"}', 1 from tasks`);
    expect(value(await kernel.diagnose(board, { ...config, specifies: false }))).toHaveLength(250);
  });
});
