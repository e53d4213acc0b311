import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { asTaskId, defaultBoard } from '../../src/domain/ids.ts';
import { value } from '../support/board.ts';
import { claimedTask, createdTask, freshHome, openKernel, openSession, shown } from './session.ts';

const everyTool = [
  'kanban_attach',
  'kanban_attach_url',
  'kanban_attachments',
  'kanban_block',
  'kanban_checkpoint',
  'kanban_comment',
  'kanban_complete',
  'kanban_create',
  'kanban_heartbeat',
  'kanban_link',
  'kanban_list',
  'kanban_request_changes',
  'kanban_request_review',
  'kanban_show',
  'kanban_unblock',
];
const workerTools = everyTool.filter((name) => name !== 'kanban_list' && name !== 'kanban_unblock');

async function defineProfile(home: string, name: string, yaml: string): Promise<void> {
  await mkdir(join(home, 'profiles', name), { recursive: true });
  await writeFile(join(home, 'profiles', name, 'andon.yaml'), yaml);
}

test('a person sees every tool, a worker the tools of its task, a plain profile none', async () => {
  const home = await freshHome();
  await defineProfile(home, 'ada', 'command: [cat]\n');
  await defineProfile(home, 'lead', 'command: [cat]\ntoolsets: [kanban]\n');

  expect(await (await openSession(home)).names()).toEqual(everyTool);
  expect(await (await openSession(home, { ANDON_PROFILE: 'lead' })).names()).toEqual(everyTool);
  expect(await (await openSession(home, { ANDON_PROFILE: 'ada' })).names()).toEqual([]);
  expect(await (await openSession(home, { ANDON_PROFILE: 'nobody-knows' })).names()).toEqual([]);
  const worker = { ANDON_PROFILE: 'lead', ANDON_TASK: 't_0badcafe' };
  expect(await (await openSession(home, worker)).names()).toEqual(workerTools);
});

test('a tool that the caller does not see refuses when it is called all the same', async () => {
  const home = await freshHome();
  const person = await openSession(home);
  const task = await createdTask(person, { initial_status: 'blocked' });
  const worker = await openSession(home, { ANDON_TASK: task, ANDON_PROFILE: 'ada' });
  const plain = await openSession(home, { ANDON_PROFILE: 'ada' });

  for (const [session, tool] of [
    [worker, 'kanban_unblock'],
    [worker, 'kanban_list'],
    [plain, 'kanban_unblock'],
    [plain, 'kanban_show'],
  ] as const) {
    expect(await session.call(tool, { task_id: task })).toMatchObject({
      ok: false,
      error: expect.stringContaining(tool),
    });
  }
  expect(await shown(person, task)).toMatchObject({ task: { status: 'blocked' } });
});

test('a worker reads, talks, and finishes its own task without naming it', async () => {
  const home = await freshHome();
  const { task, env } = await claimedTask(home);
  const worker = await openSession(home, { ...env, ANDON_SESSION_ID: 's-7' });

  expect(await worker.call('kanban_show')).toMatchObject({ ok: true, task: { id: task, status: 'running' } });
  expect(await worker.call('kanban_heartbeat', { note: 'half way' })).toMatchObject({
    ok: true,
    task_id: task,
    claim_expires: expect.any(Number),
  });
  await worker.call('kanban_comment', { task_id: task, body: 'Hello.' });
  expect(await worker.call('kanban_complete', { result: '42' })).toEqual({
    ok: true,
    task_id: task,
    run_id: Number(env.ANDON_RUN_ID),
  });
  expect(await worker.call('kanban_show')).toMatchObject({
    task: { status: 'done', result: '42' },
    comments: [{ author: 'ada', body: 'Hello.' }],
    runs: [{ outcome: 'completed', metadata: { worker_session_id: 's-7' } }],
    events: expect.arrayContaining([
      expect.objectContaining({ kind: 'heartbeat', payload: { by: 'ada', note: 'half way' } }),
    ]),
  });
});

test('a worker answers for no task but its own', async () => {
  const home = await freshHome();
  const person = await openSession(home);
  const other = await createdTask(person);
  const { task, env } = await claimedTask(home);
  const worker = await openSession(home, env);
  const before = await shown(person, other);

  for (const [tool, given] of [
    ['kanban_complete', { summary: 'mine now' }],
    ['kanban_block', { reason: 'no' }],
    ['kanban_heartbeat', {}],
    ['kanban_checkpoint', { text: 'mine' }],
  ] as const) {
    expect(await worker.call(tool, { ...given, task_id: other })).toEqual({
      ok: false,
      code: expect.any(String),
      error: expect.stringMatching(/own task .*kanban_comment.*kanban_create/),
      ids: [other, task],
    });
  }
  expect(await shown(person, other)).toEqual(before);

  expect(await worker.call('kanban_comment', { task_id: other, body: 'Mind the step.' })).toMatchObject({
    ok: true,
  });
});

test('a run that no longer holds its task can neither finish, block nor prolong it', async () => {
  const home = await freshHome();
  const { task, env, kernel } = await claimedTask(home);
  const worker = await openSession(home, env);
  await kernel.block(defaultBoard, { task_id: asTaskId(task), reason: 'taken away' });
  await kernel.unblock(defaultBoard, { task_id: asTaskId(task) });
  const second = await claimedTask(home, task);
  const successor = await openSession(home, second.env);
  const before = await shown(successor, task);

  for (const [tool, given] of [
    ['kanban_complete', { summary: 'late' }],
    ['kanban_block', { reason: 'late' }],
    ['kanban_heartbeat', { note: 'late' }],
    ['kanban_checkpoint', { text: 'late' }],
  ] as const) {
    expect(await worker.call(tool, given)).toMatchObject({ ok: false, code: 'stale_run', ids: [task] });
  }
  expect(await shown(successor, task)).toEqual(before);
  expect(await successor.call('kanban_complete', { summary: 'in time' })).toMatchObject({ ok: true });
});

test('a checkpoint is where the next attempt starts from', async () => {
  const home = await freshHome();
  const { task, env, kernel } = await claimedTask(home);
  const worker = await openSession(home, env);
  const data = { next: 'chapter 4' };
  expect(await worker.call('kanban_checkpoint', { text: 'Chapters 1 to 3.', data })).toEqual({
    ok: true,
    task_id: task,
    run_id: Number(env.ANDON_RUN_ID),
    claim_expires: expect.any(Number),
  });
  expect(await worker.call('kanban_checkpoint', { text: ' ' })).toMatchObject({ code: 'invalid_input' });
  expect(await shown(worker, task)).toMatchObject({ checkpoint: { text: 'Chapters 1 to 3.', data } });
  await kernel.block(defaultBoard, { task_id: asTaskId(task), reason: 'a while' });
  await kernel.unblock(defaultBoard, { task_id: asTaskId(task) });
  const second = await openSession(home, (await claimedTask(home, task)).env);
  expect((await shown(second, task))['worker_context']).toMatch(
    /## Last checkpoint[\s\S]*Attempt 1 [\s\S]*Chapters 1 to 3\.\nData: \{"next":"chapter 4"\}/,
  );
});

test('what is made in a session from a chat is told there, once, with its gateway or as other tasks of that chat', async () => {
  const home = await freshHome();
  const chat = { ANDON_CHAT_PLACE: 'telegram:-100#7', ANDON_CHAT_PROFILE: 'ops' };
  const kernel = openKernel(home);
  const told = async (id: string) =>
    value(await kernel.subscriptions(defaultBoard, { task_id: asTaskId(id) })).map(
      ({ platform, chat_id, thread_id, notifier_profile }) =>
        [platform, chat_id, thread_id, notifier_profile] as const,
    );
  const place = [['telegram', '-100', '7', 'ops']];
  const again = { idempotency_key: 'k' };
  const inChat = await openSession(home, chat);
  const first = await createdTask(inChat, again);
  expect(await createdTask(inChat, again)).toBe(first);
  expect(await told(first)).toEqual(place);
  const worker = await openSession(home, {
    ANDON_PROFILE: 'ada',
    ANDON_TASK: first,
    ANDON_SESSION_ID: 'telegram:-100#7',
  });
  expect(await told(await createdTask(worker))).toEqual(place);
  const another = await openSession(home, { ANDON_SESSION_ID: 's-7' });
  expect(await told(await createdTask(another))).toEqual([]);
});

test('what a worker makes carries its name, tenant and session, whatever it says', async () => {
  const home = await freshHome();
  const { env } = await claimedTask(home);
  const worker = await openSession(home, { ...env, ANDON_TENANT: 'north', ANDON_SESSION_ID: 's-7' });

  const child = await createdTask(worker);
  expect(await shown(worker, child)).toMatchObject({
    task: { created_by: 'ada', tenant: 'north', session_id: 's-7' },
  });
  const elsewhere = await createdTask(worker, { tenant: 'south' });
  expect(await shown(worker, elsewhere)).toMatchObject({ task: { tenant: 'south' } });
  expect(await worker.call('kanban_create', { title: 'x', assignee: 'b', session_id: 's-8' })).toMatchObject({
    ok: false,
  });

  const { ANDON_PROFILE: _, ...unnamed } = env;
  const nameless = await openSession(home, unnamed);
  const theirs = await createdTask(nameless);
  expect(await shown(nameless, theirs)).toMatchObject({ task: { created_by: 'worker' } });
});

test('a child takes over a dir or worktree of its maker, never a scratch folder', async () => {
  const home = await freshHome();
  for (const workspace_kind of ['dir', 'worktree', 'scratch'] as const) {
    const { env, path } = await claimedTask(home, undefined, { workspace_kind });
    const worker = await openSession(home, env);
    const child = await createdTask(worker);
    expect(await shown(worker, child)).toMatchObject({
      task:
        workspace_kind === 'scratch'
          ? { workspace_kind: 'scratch', workspace_path: null }
          : { workspace_kind, workspace_path: path },
    });
    const own = await createdTask(worker, { workspace_kind: 'scratch' });
    expect(await shown(worker, own)).toMatchObject({
      task: { workspace_kind: 'scratch', workspace_path: null },
    });
  }
});

test('the older spellings of the identity are understood, and the new ones win', async () => {
  const home = await freshHome();
  const { task, env } = await claimedTask(home);
  const worker = await openSession(home, {
    HERMES_KANBAN_TASK: task,
    HERMES_KANBAN_RUN_ID: '999999',
    ANDON_RUN_ID: env.ANDON_RUN_ID,
    HERMES_PROFILE: 'ada',
  });
  expect(await worker.names()).toEqual(workerTools);
  expect(await worker.call('kanban_block', { reason: 'Which one?' })).toMatchObject({
    ok: true,
    task_id: task,
    run_id: Number(env.ANDON_RUN_ID),
  });
});

test('a worker asks for a review, and its reviewer for changes', async () => {
  const home = await freshHome();
  const { task, env, kernel } = await claimedTask(home);
  const worker = await openSession(home, env);
  const asked = { summary: 'Swept.', reviewer: 'Bea', artifacts: '/tmp/floor.png' };
  expect(await worker.call('kanban_request_review', asked)).toMatchObject({
    ok: true,
    task_id: task,
    run_id: expect.any(Number),
    status: 'review',
  });
  // Its run is over: the worker may say no more.
  expect(await worker.call('kanban_complete', { summary: 'Done.' })).toMatchObject({ code: 'stale_run' });

  const { env: reviewing } = await claimedTask(home, task);
  const reviewer = await openSession(home, { ...reviewing, ANDON_PROFILE: 'bea' });
  expect(await reviewer.call('kanban_request_review', {})).toMatchObject({ code: 'wrong_status' });
  expect(await reviewer.call('kanban_request_changes', {})).toMatchObject({ code: 'invalid_input' });
  expect(await reviewer.call('kanban_request_changes', { reason: 'The corners.' })).toMatchObject({
    ok: true,
    status: 'ready',
  });
  const view = await kernel.show(defaultBoard, { task_id: asTaskId(task) });
  expect(view).toMatchObject({ ok: true, value: { task: { assignee: 'ada', status: 'ready' } } });
});

test('a worker that is blocked by the same twice is looked at by a person', async () => {
  const home = await freshHome();
  const { task, env } = await claimedTask(home);
  const person = await openSession(home);
  const blocked = { reason: 'No key.', kind: 'capability' };
  expect(await (await openSession(home, env)).call('kanban_block', blocked)).toMatchObject({
    status: 'blocked',
  });
  await person.call('kanban_unblock', { task_id: task });
  const again = await openSession(home, (await claimedTask(home, task)).env);
  expect(await again.call('kanban_block', { ...blocked, kind: 'magic' })).toMatchObject({
    code: 'invalid_input',
  });
  expect(await again.call('kanban_block', blocked)).toMatchObject({ ok: true, status: 'triage' });
});
