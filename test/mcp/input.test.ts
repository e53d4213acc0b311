import { expect, test } from 'vitest';
import { createdTask, freshHome, openSession, shown } from './session.ts';

const wrong: readonly [tool: string, given: Record<string, unknown>, code: string, says: RegExp][] = [
  ['kanban_create', { assignee: 'ada' }, 'invalid_input', /`title` must be .*not given/],
  ['kanban_create', { title: ' \n', assignee: 'ada' }, 'invalid_input', /`title` .*not blank/],
  ['kanban_create', { title: 'x' }, 'invalid_input', /`assignee` must be .*not given/],
  ['kanban_create', { title: 'x', assignee: null }, 'invalid_input', /`assignee` must be .*not given/],
  ['kanban_create', { title: 7, assignee: 'ada' }, 'invalid_input', /`title` must be a text .*not 7/],
  ['kanban_create', { title: 'x', assignee: 'ada', parents: ['a b'] }, 'invalid_input', /`parents`/],
  ['kanban_create', { title: 'x', assignee: 'ada', parents: 't_nowhere' }, 'unknown_task', /t_nowhere/],
  [
    'kanban_create',
    { title: 'x', assignee: 'ada', max_runtime_seconds: 'soon' },
    'invalid_input',
    /`max_runtime_seconds` must be a duration .*"soon"/,
  ],
  [
    'kanban_create',
    { title: 'x', assignee: 'ada', max_runtime_seconds: 0 },
    'invalid_input',
    /`max_runtime_seconds`.*above zero/,
  ],
  ['kanban_create', { title: 'x', assignee: 'ada', priority: 1.5 }, 'invalid_input', /`priority`.*1\.5/],
  ['kanban_create', { title: 'x', assignee: 'ada', triage: 'maybe' }, 'invalid_input', /`triage`.*"maybe"/],
  [
    'kanban_create',
    { title: 'x', assignee: 'ada', workspace_kind: 'cloud' },
    'invalid_input',
    /`workspace_kind` must be one of scratch, worktree, dir, not "cloud"/,
  ],
  ['kanban_create', { title: 'x', assignee: 'ada', workspace_kind: 'dir' }, 'invalid_input', /dir.*path/],
  [
    'kanban_create',
    { title: 'x', assignee: 'ada', initial_status: 'done' },
    'invalid_input',
    /`initial_status` must be one of running, blocked/,
  ],
  ['kanban_create', { title: 'x', assignee: 'ada', skills: ['a,b'] }, 'invalid_input', /comma/],
  ['kanban_create', { titel: 'x', assignee: 'ada' }, 'invalid_input', /`title`|`titel` is not known/],
  ['kanban_create', { title: 'x', assignee: 'ada', created_by: 'me' }, 'invalid_input', /`created_by`/],
  ['kanban_create', { title: 'x', assignee: 'ada', board: '../up' }, 'invalid_input', /`board` must be/],
  ['kanban_create', { title: 'x', assignee: 'ada', board: 'mars' }, 'invalid_input', /no board mars/],
  ['kanban_show', {}, 'invalid_input', /`task_id` must be given/],
  ['kanban_show', { task_id: '' }, 'invalid_input', /`task_id` must be a task id/],
  ['kanban_show', { task_id: 't_00000000' }, 'unknown_task', /t_00000000/],
  ['kanban_list', { limit: 0 }, 'invalid_input', /`limit`.*1 to 200, not 0/],
  ['kanban_list', { limit: 201 }, 'invalid_input', /`limit`.*1 to 200, not 201/],
  ['kanban_list', { status: 'busy' }, 'invalid_input', /`status` must be one of triage/],
  ['kanban_complete', { task_id: 'TASK' }, 'invalid_input', /`summary` or `result`/],
  ['kanban_complete', { task_id: 'TASK', summary: ' ' }, 'invalid_input', /`summary` or `result`/],
  ['kanban_complete', { task_id: 'TASK', summary: 'x', metadata: [1] }, 'invalid_input', /`metadata`/],
  ['kanban_complete', { task_id: 'TASK', summary: 'x', artifacts: { a: 1 } }, 'invalid_input', /`artifacts`/],
  ['kanban_complete', { task_id: 't_00000000', summary: 'x' }, 'unknown_task', /t_00000000/],
  ['kanban_block', { task_id: 'TASK' }, 'invalid_input', /`reason`/],
  ['kanban_block', { task_id: 'TASK', reason: '  ' }, 'invalid_input', /`reason`.*not blank/],
  ['kanban_heartbeat', { task_id: 'TASK' }, 'not_running', /running/],
  ['kanban_heartbeat', { task_id: 'TASK', note: 3 }, 'invalid_input', /`note` must be a text, not 3/],
  ['kanban_comment', { body: 'x' }, 'invalid_input', /`task_id`/],
  ['kanban_comment', { task_id: 'TASK', body: ' ' }, 'invalid_input', /`body`.*not blank/],
  [
    'kanban_comment',
    { task_id: 'TASK', body: 'x', author: 'boss' },
    'invalid_input',
    /`author` is not known/,
  ],
  ['kanban_comment', { task_id: 't_00000000', body: 'x' }, 'unknown_task', /t_00000000/],
  ['kanban_unblock', { task_id: 'TASK' }, 'wrong_status', /ready/],
  ['kanban_link', { parent_id: 'TASK' }, 'invalid_input', /`child_id`/],
  ['kanban_link', { parent_id: 'TASK', child_id: 'TASK' }, 'cycle', /TASK/],
  ['kanban_link', { parent_id: 'CHILD', child_id: 'TASK' }, 'cycle', /./],
  ['kanban_link', { parent_id: 'TASK', child_id: 't_00000000' }, 'unknown_task', /t_00000000/],
  ['kanban_explode', {}, 'invalid_input', /no tool kanban_explode/],
];

test('every wrong argument is answered with one sentence, and the board stays as it was', async () => {
  const person = await openSession(await freshHome());
  const task = await createdTask(person);
  const child = await createdTask(person, { parents: [task] });
  const before = { list: await person.call('kanban_list'), task: await shown(person, task) };

  for (const [tool, given, code, says] of wrong) {
    const named = JSON.parse(
      JSON.stringify(given).replaceAll('"TASK"', `"${task}"`).replaceAll('"CHILD"', `"${child}"`),
    );
    const answer = await person.call(tool, named);
    const about = `${tool} ${JSON.stringify(given)}`;
    expect(answer, about).toEqual({
      ok: false,
      code,
      error: expect.stringMatching(says.source === 'TASK' ? task : says),
      ids: expect.any(Array),
    });
    expect(answer['error'], about).toMatch(/^[^\n]+\.$/);
  }
  expect({ list: await person.call('kanban_list'), task: await shown(person, task) }).toEqual(before);
});

test('an argument of null is one that was not given', async () => {
  const person = await openSession(await freshHome());
  const task = await createdTask(person, { body: null, parents: null, triage: null, board: null });
  expect(await shown(person, task)).toMatchObject({ task: { status: 'ready', body: null } });
});

test('the listed schemas name every parameter and say what it is for', async () => {
  const { client } = await openSession(await freshHome());
  for (const tool of (await client.listTools()).tools) {
    expect(tool.description, tool.name).toMatch(/\.$/);
    expect(tool.inputSchema.type).toBe('object');
    for (const [name, property] of Object.entries(tool.inputSchema.properties ?? {})) {
      expect(property, `${tool.name}.${name}`).toHaveProperty('description');
    }
  }
});
