import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createdTask, freshHome, openSession, shown } from './session.ts';

test('a person creates a graph, reads it, talks about it and finishes it', async () => {
  const person = await openSession(await freshHome());

  const created = await person.call('kanban_create', {
    title: 'Dig',
    assignee: 'Ada',
    body: 'By hand.',
    priority: '3',
    skills: 'digging',
    max_runtime_seconds: '15m',
  });
  expect(created).toEqual({ ok: true, task_id: expect.stringMatching(/^t_/), status: 'ready' });
  const parent = String(created['task_id']);
  const child = await createdTask(person, { parents: parent });
  const other = await createdTask(person);
  expect(await person.call('kanban_link', { parent_id: parent, child_id: other })).toEqual({
    ok: true,
    parent_id: parent,
    child_id: other,
  });
  expect(await person.call('kanban_comment', { task_id: parent, body: '  Mind the pipe.  ' })).toMatchObject({
    ok: true,
    task_id: parent,
    comment_id: expect.any(Number),
  });

  const view = await shown(person, parent);
  expect(view).toMatchObject({
    ok: true,
    task: { id: parent, assignee: 'ada', priority: 3, skills: ['digging'], created_by: 'user' },
    parents: [],
    comments: [{ author: 'user', body: 'Mind the pipe.' }],
    worker_context: expect.stringContaining('By hand.'),
  });
  expect(new Set(view['children'] as string[])).toEqual(new Set([child, other]));

  const done = await person.call('kanban_complete', {
    task_id: parent,
    summary: 'Dug.',
    metadata: { depth: 2 },
    artifacts: '/tmp/hole.txt',
  });
  expect(done).toMatchObject({ ok: true, task_id: parent, run_id: expect.any(Number) });
  expect(await shown(person, parent)).toMatchObject({
    task: { status: 'done' },
    latest_summary: 'Dug.',
    runs: [{ outcome: 'completed', metadata: { depth: 2, artifacts: ['/tmp/hole.txt'] } }],
  });
  expect(await shown(person, child)).toMatchObject({ task: { status: 'ready' }, parents: [parent] });
});

test('a blocked task says why, and unblocking reports where it really stands', async () => {
  const person = await openSession(await freshHome());
  const parent = await createdTask(person);
  const task = await createdTask(person, { initial_status: 'blocked', parents: [parent] });

  expect(await person.call('kanban_unblock', { task_id: task })).toEqual({
    ok: true,
    task_id: task,
    status: 'todo',
  });
  await person.call('kanban_complete', { task_id: parent, result: 'ok' });
  expect(await person.call('kanban_block', { task_id: task, reason: 'Which colour?' })).toMatchObject({
    ok: true,
    task_id: task,
  });
  expect(await shown(person, task)).toMatchObject({ task: { status: 'blocked' } });
  expect(await person.call('kanban_unblock', { task_id: task })).toMatchObject({ status: 'ready' });
});

test('the list filters, is cut with notice, and names the links of each task', async () => {
  const person = await openSession(await freshHome());
  const first = await createdTask(person, { tenant: 'north', priority: 2 });
  const second = await createdTask(person, { tenant: 'north', priority: 1, parents: [first] });
  await createdTask(person, { assignee: 'bob' });

  expect(await person.call('kanban_list', { tenant: 'north', limit: 1 })).toMatchObject({
    ok: true,
    count: 1,
    limit: 1,
    truncated: true,
    next_limit: 2,
    tasks: [{ id: first, parents: [], children: [second], parent_count: 0, child_count: 1 }],
  });
  expect(await person.call('kanban_list', { status: 'todo' })).toMatchObject({
    count: 1,
    limit: 50,
    truncated: false,
    next_limit: null,
    tasks: [{ id: second, parents: [first] }],
  });
  expect(await person.call('kanban_list', { assignee: 'BOB', include_archived: 'yes' })).toMatchObject({
    count: 1,
  });
});

test('reading a home that holds nothing answers empty and makes nothing', async () => {
  const home = await freshHome();
  const person = await openSession(home);
  expect(await person.call('kanban_list')).toMatchObject({ ok: true, tasks: [], count: 0 });
  expect(await person.call('kanban_show', { task_id: 't_00000000' })).toMatchObject({
    ok: false,
    code: 'unknown_task',
    ids: ['t_00000000'],
  });
  expect(existsSync(home)).toBe(false);
});

test('creating with a known idempotency key answers the first task', async () => {
  const person = await openSession(await freshHome());
  const first = await createdTask(person, { idempotency_key: 'once' });
  expect(await createdTask(person, { idempotency_key: 'once', title: 'Again' })).toBe(first);
  expect(await person.call('kanban_list')).toMatchObject({ count: 1 });
});

test('phantom cards are refused with the task unchanged, and its own children are accepted', async () => {
  const person = await openSession(await freshHome());
  const task = await createdTask(person);
  const child = await createdTask(person, { parents: [task] });
  const claim = { task_id: task, summary: 'Split it.' };

  expect(
    await person.call('kanban_complete', { ...claim, created_cards: [child, 't_deadbeef'] }),
  ).toMatchObject({
    ok: false,
    code: 'phantom_cards',
    ids: expect.arrayContaining(['t_deadbeef']),
  });
  expect(await shown(person, task)).toMatchObject({
    task: { status: 'ready' },
    events: expect.arrayContaining([expect.objectContaining({ kind: 'completion_blocked_hallucination' })]),
  });

  expect(await person.call('kanban_complete', { ...claim, created_cards: child })).toMatchObject({
    ok: true,
  });
  expect(await shown(person, task)).toMatchObject({
    events: expect.arrayContaining([
      expect.objectContaining({
        kind: 'completed',
        payload: expect.objectContaining({ verified_cards: [child] }),
      }),
    ]),
  });
});
