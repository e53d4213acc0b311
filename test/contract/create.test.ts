import { describe, expect, it } from 'vitest';
import type { CreateTask } from '../../src/domain/command.ts';
import { asTaskId } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { board, leader, nobody, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** What a compiler would not let through, but a surface may. */
const fromOutside = (json: string): Partial<CreateTask> => JSON.parse(json);

/** Contract §4.1. */
describe.each(stores)('creating a task on $name', (kind) => {
  it('a task that waits for nobody is ready, and its event says how it was born', async () => {
    const { kernel, clock, show } = openBoard(kind);
    const { task, created } = value(
      await kernel.create(board, {
        title: '  Count the files \n',
        body: 'All of them.',
        assignee: profile('counter'),
        created_by: ' ada ',
        priority: 3,
        tenant: 'acme',
        workspace_kind: 'worktree',
        workspace_path: '/jobs/tree',
        branch_name: 'census',
        skills: [' b ', 'a', '', 'b'],
        max_runtime_seconds: 60,
        max_retries: 4,
        goal_mode: true,
        goal_max_turns: 9,
        session_id: 's1',
      }),
    );
    expect(created).toBe(true);
    expect(task).toMatchObject({
      title: 'Count the files',
      body: 'All of them.',
      assignee: 'counter',
      status: 'ready',
      created_by: 'ada',
      created_at: clock.seconds(),
      priority: 3,
      tenant: 'acme',
      workspace_kind: 'worktree',
      workspace_path: '/jobs/tree',
      branch_name: 'census',
      skills: ['b', 'a'],
      max_runtime_seconds: 60,
      max_retries: 4,
      goal_mode: true,
      goal_max_turns: 9,
      session_id: 's1',
      consecutive_failures: 0,
      started_at: null,
      current_run_id: null,
    });
    expect(task.id).toMatch(/^t_[a-f0-9]{8}$/);
    const { events } = await show(task.id);
    expect(events).toEqual([
      {
        id: 1,
        task_id: task.id,
        run_id: null,
        kind: 'created',
        created_at: clock.seconds(),
        payload: {
          assignee: 'counter',
          status: 'ready',
          parents: [],
          tenant: 'acme',
          branch_name: 'census',
          skills: ['b', 'a'],
          goal_mode: true,
        },
      },
    ]);
  });

  it('what was not said is null, and an empty list of skills stays an empty list', async () => {
    const { create, task, lastEvent } = openBoard(kind);
    const bare = await create('Bare');
    expect(await task(bare)).toMatchObject({
      body: null,
      assignee: null,
      priority: 0,
      tenant: null,
      workspace_kind: 'scratch',
      workspace_path: null,
      skills: null,
      max_retries: null,
      goal_mode: false,
    });
    expect((await lastEvent(bare)).payload).toMatchObject({ assignee: null, skills: null, goal_mode: null });
    const unskilled = await create('Without skills', { skills: [] });
    expect((await task(unskilled)).skills).toEqual([]);
  });

  it('a task waits in todo for a parent that is neither done nor archived', async () => {
    const { create, done, kernel, task, lastEvent, kinds } = openBoard(kind);
    const open = await create('Open parent');
    const finished = await create('Done parent');
    const shelved = await create('Archived parent');
    await done(finished);
    value(await kernel.archive(board, { task_id: shelved }));
    const waiting = await create('Waits', { parents: [open, finished, open] });
    expect((await task(waiting)).status).toBe('todo');
    expect((await lastEvent(waiting)).payload).toMatchObject({ status: 'todo', parents: [open, finished] });
    expect(await kinds(waiting)).toEqual(['created']);
    expect((await task(await create('Free', { parents: [finished, shelved] }))).status).toBe('ready');
  });

  it('triage comes before parents, and blocked at birth before both', async () => {
    const { create, task } = openBoard(kind);
    const parent = await create('Parent');
    const triaged = await create('Unclear', { triage: true, parents: [parent] });
    expect((await task(triaged)).status).toBe('triage');
    const blocked = await create('Later', { triage: true, initial_status: 'blocked', parents: [parent] });
    expect((await task(blocked)).status).toBe('blocked');
    expect((await task(await create('Now', { initial_status: 'running' }))).status).toBe('ready');
  });

  it('a task blocked at birth stays blocked until somebody unblocks it', async () => {
    const { create, kernel, task, show } = openBoard(kind);
    const id = await create('Later', { initial_status: 'blocked' });
    const { events } = await show(id);
    expect(events.map(({ kind: k, payload }) => [k, payload?.['reason']])).toEqual([
      ['created', undefined],
      ['blocked', 'initial_status'],
    ]);
    const pass = { ...leader, failure_limit: undefined };
    expect(value(await kernel.promoteAll(board, pass))).toBe(0);
    expect((await task(id)).status).toBe('blocked');
    value(await kernel.unblock(board, { task_id: id }));
    expect((await task(id)).status).toBe('ready');
  });

  it('a child is told where its parents are, from its own first event on', async () => {
    const { create, kernel } = openBoard(kind);
    const [first, second] = [await create('First'), await create('Second')];
    const to = { platform: 'webhook', chat_id: 'ops' };
    value(await kernel.subscribe(board, { task_id: first, ...to, notifier_profile: 'ada' }));
    value(await kernel.subscribe(board, { task_id: second, ...to, thread_id: '7' }));
    const child = await create('Child', { parents: [first, second] });
    const inherited = value(await kernel.subscriptions(board, { task_id: child }));
    expect(inherited).toMatchObject([
      { ...to, thread_id: '', notifier_profile: 'ada', last_event_id: 0 },
      { ...to, thread_id: '7', notifier_profile: null, last_event_id: 0 },
    ]);
  });

  it('a task of a session is told where that session comes from, whatever way its create came, once', async () => {
    const { create, kernel } = openBoard(kind);
    const chat = { platform: 'telegram', chat_id: '-100', thread_id: '7' };
    const wishes = { notifier_profile: 'ada', delivery_mode: 'notify+wake' } as const;
    await create('From the chat', { subscribe: { ...chat, ...wishes } });
    const input = { title: 'By an agent', session_id: 'telegram:-100#7', idempotency_key: 'k' };
    const { task } = value(await kernel.create(board, input));
    value(await kernel.create(board, input));
    expect(value(await kernel.subscriptions(board, { task_id: task.id }))).toMatchObject([
      { ...chat, ...wishes, last_event_id: expect.any(Number) },
    ]);
    const others: Partial<CreateTask>[] = [
      { session_id: 'telegram:-100' },
      { session_id: 'a1b2c3' },
      { session_id: 'telegram:-100#7', subscribe: null },
    ];
    for (const other of others) {
      const id = await create('Other', other);
      expect(value(await kernel.subscriptions(board, { task_id: id }))).toEqual([]);
    }
  });

  it.each<[string, Partial<CreateTask>, 'blank_text' | 'invalid_input' | 'unknown_task']>([
    ['a blank title', { title: ' \n\t ' }, 'blank_text'],
    ['a workspace of no known kind', fromOutside('{"workspace_kind":"cloud"}'), 'invalid_input'],
    ['a dir workspace without its path', { workspace_kind: 'dir' }, 'invalid_input'],
    ['a branch without a worktree', { branch_name: 'census' }, 'invalid_input'],
    [
      'a branch that looks like an option',
      { workspace_kind: 'worktree', branch_name: '-f' },
      'invalid_input',
    ],
    ['a branch with white space', { workspace_kind: 'worktree', branch_name: 'a b' }, 'invalid_input'],
    ['a skill with a comma', { skills: ['plan', 'write,review'] }, 'invalid_input'],
    ['no retries at all', { max_retries: 0 }, 'invalid_input'],
    ['a limit of no time', { max_runtime_seconds: 0 }, 'invalid_input'],
    ['a limit of half a second', { max_runtime_seconds: 0.5 }, 'invalid_input'],
    ['a priority that is no number', { priority: Number.NaN }, 'invalid_input'],
    ['an initial status that is none', fromOutside('{"initial_status":"done"}'), 'invalid_input'],
    ['an unknown parent', { parents: [nobody] }, 'unknown_task'],
    ['an unknown parent in triage', { parents: [nobody], triage: true }, 'unknown_task'],
    ['an unknown parent, blocked', { parents: [nobody], initial_status: 'blocked' }, 'unknown_task'],
  ])('%s is refused and nothing is created', async (_what, wrong, code) => {
    const { create, kernel, refused } = openBoard(kind);
    await create('There before');
    await refused(code, () => kernel.create(board, { title: 'Wrong', ...wrong }));
  });

  it('a refusal for parents names every unknown one', async () => {
    const { create, kernel, refused } = openBoard(kind);
    const parent = await create('Known');
    const missing = [nobody, asTaskId('t_11111111')];
    const refusal = await refused('unknown_task', () =>
      kernel.create(board, { title: 'Child', parents: [parent, ...missing] }),
    );
    expect(refusal.ids).toEqual(missing);
    for (const id of missing) expect(refusal.sentence).toContain(id);
    expect(refusal.sentence).not.toContain(parent);
  });

  it('a task id that is taken is drawn again', async () => {
    const place = kind.place();
    const ids = ['t_aaaaaaaa', 't_aaaaaaaa', 't_bbbbbbbb'];
    const store = place.open({ newId: () => asTaskId(ids.shift() ?? 't_cccccccc') });
    const kernel = createKernel(store);
    const first = value(await kernel.create(board, { title: 'One' }));
    const second = value(await kernel.create(board, { title: 'Two' }));
    expect([first.task.id, second.task.id]).toEqual(['t_aaaaaaaa', 't_bbbbbbbb']);
    await kernel.close();
  });
});
