import { describe, expect, it } from 'vitest';
import { homeBoard, type TaskId } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { board, openBoard, profile, ttl, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

describe.each(stores)('the health of a board on $name', (kind) => {
  it('is good when only Andon wrote it, and when it was never made', async () => {
    const { kernel, create, start, claim } = openBoard(kind);
    expect(await kernel.health(board)).toEqual([]);
    expect(value(await kernel.unsound(board, {}))).toEqual([]);
    const parent = await create('Parent', { assignee: profile('ada') });
    await start(parent);
    await create('Child', { parents: [parent] });
    await claim(await create('Pulled'));
    expect(await kernel.health(board)).toEqual([]);
    expect(value(await kernel.unsound(board, {}))).toEqual([]);
  });

  it.each<[rule: string, text: (a: TaskId, b: TaskId, run: number) => string, said: RegExp]>([
    [
      'run and status',
      (a) => `update tasks set status = 'ready' where id = '${a}'`,
      /runs on tasks that do not run/,
    ],
    ['a pointer', (a) => `update tasks set current_run_id = 999 where id = '${a}'`, /point at a run/],
    [
      'open runs',
      (a) => `insert into task_runs (task_id, status, started_at) values ('${a}', 'running', 1)`,
      /more than one open run/,
    ],
    [
      'an open run of nobody',
      (_, b) => `insert into task_runs (task_id, status, started_at) values ('${b}', 'running', 1)`,
      /that nobody holds/,
    ],
    [
      'a closed run',
      (_, b) =>
        `insert into task_runs (task_id, status, started_at, ended_at, worker_pid) values ('${b}', 'done', 1, 2, 3)`,
      /still name a claim/,
    ],
    [
      'a ready child',
      (a, b) => `insert into task_links (parent_id, child_id) values ('${a}', '${b}')`,
      /unfinished parent/,
    ],
    ['a counter', (_, b) => `update tasks set consecutive_failures = -1 where id = '${b}'`, /fewer than no/],
    [
      'a circle',
      (a, b) => `insert into task_links (parent_id, child_id) values ('${a}', '${b}'), ('${b}', '${a}');
        update tasks set status = 'todo' where id = '${b}'`,
      /in a circle: .*, /,
    ],
  ])('what another program broke is told: %s', async (_, text, said) => {
    // Without the invariants that the board's own end checks: they are broken on purpose.
    const place = kind.place();
    const kernel = createKernel(place.open({}));
    const make = async (title: string) => value(await kernel.create(board, { title })).task.id;
    const [a, b] = [await make('A'), await make('B')];
    const claim = { task_id: a, claim_lock: 'here:1', ttl_seconds: ttl, workspace_path: null };
    const { run_id } = value(await kernel.claim(board, claim));
    await place.foreign(board, text(a, b, run_id));
    const found = value(await kernel.unsound(board, {}));
    expect(found.map(({ sentence }) => sentence).join('\n')).toMatch(said);
    expect(found.every(({ sentence, next }) => sentence.endsWith('.') && next !== '')).toBe(true);
    await kernel.close();
  });

  it('an old board is brought up to date, and what came new is named once', async () => {
    const place = kind.place();
    const first = createKernel(place.open({}));
    expect(await first.upgrade(board)).toBeUndefined();
    expect(await first.upgrade(homeBoard)).toBeUndefined();
    value(await first.init(board, {}));
    await first.close();
    await place.foreign(board, 'drop index andon_runs_open; alter table tasks drop column provider_override');
    const kernel = createKernel(place.open({}));
    expect((await kernel.upgrade(board))?.toSorted()).toEqual(['andon_runs_open', 'tasks.provider_override']);
    expect(await kernel.upgrade(board)).toEqual([]);
    await kernel.close();
  });

  it.each([
    ['an index', 'drop index idx_tasks_status'],
    ['an index of ours', 'drop index andon_runs_open'],
    ['a column', 'alter table tasks drop column provider_override'],
  ])(
    '%s that somebody dropped while the board was open is told, until it is brought back',
    async (_, text) => {
      const place = kind.place();
      const kernel = createKernel(place.open({}));
      value(await kernel.init(board, {}));
      expect(await kernel.health(board)).toEqual([]);
      await place.foreign(board, text);
      expect(await kernel.health(board)).toEqual([
        expect.stringContaining('lacks tables, columns or indexes'),
      ]);
      await kernel.upgrade(board);
      expect(await kernel.health(board)).toEqual([]);
      await kernel.close();
    },
  );
});
