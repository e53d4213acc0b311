import { describe, expect, it } from 'vitest';
import { taskWith as task } from '../../test/support/samples.ts';
import type { Event } from './event.ts';
import { asEventId, asProfileName, asSeconds, asTaskId, type TaskId } from './ids.ts';
import { byUrgency, type InboxItem, inboxCode, type PeopleFacts, saidBy, waitingBehind } from './inbox.ts';
import type { Metadata, Task } from './task.ts';

const facts: PeopleFacts = {
  startable: ['coder'],
  reviewed_by_workers: true,
  has_default_assignee: false,
};
const event = (kind: string, payload: Metadata | null = null): Event => ({
  id: asEventId(1),
  task_id: asTaskId('t_00000001'),
  run_id: null,
  kind,
  payload,
  created_at: asSeconds(1),
});
const coder = asProfileName('coder');
const ana = asProfileName('ana');

describe('a person is wanted', () => {
  it.each<[string, Partial<Task>, string | null, Partial<PeopleFacts>, string | null]>([
    ['blocked on purpose', { status: 'blocked' }, 'blocked', {}, 'blocked'],
    ['blocked by its failures', { status: 'blocked', consecutive_failures: 2 }, 'gave_up', {}, 'gave_up'],
    ['blocked, and forgiven', { status: 'blocked' }, 'unblocked', {}, null],
    ['blocked, by nobody knows whom', { status: 'blocked' }, null, {}, null],
    ['reviewed by a worker', { status: 'review', assignee: coder }, 'review_requested', {}, null],
    ['reviewed by a person', { status: 'review', assignee: ana }, 'review_requested', {}, 'review'],
    ['reviewed by nobody', { status: 'review', assignee: null }, 'review_requested', {}, 'review'],
    [
      'reviewed by hand',
      { status: 'review', assignee: coder },
      'review_requested',
      { reviewed_by_workers: false },
      'review',
    ],
    ['in triage', { status: 'triage' }, 'created', {}, 'triage'],
    ['nobody’s', { status: 'ready', assignee: null }, 'created', {}, 'unassigned'],
    [
      'given to a default',
      { status: 'ready', assignee: null },
      'created',
      { has_default_assignee: true },
      null,
    ],
    ['a worker’s', { status: 'ready', assignee: coder }, 'created', {}, null],
    ['a person’s', { status: 'ready', assignee: ana }, 'created', {}, 'no_profile'],
    ['done', { status: 'done' }, 'completed', {}, null],
  ])('of a task that is %s', (_, own, kind, more, code) => {
    const placed = { task: task(own), event: kind === null ? null : event(kind) };
    expect(inboxCode(placed, { ...facts, ...more })).toBe(code);
  });
});

it.each<[Metadata | null, string | null]>([
  [{ reason: ' Which? ' }, 'Which?'],
  [{ error: 'exit 9' }, 'exit 9'],
  [{ summary: 'Look at it.' }, 'Look at it.'],
  [{ reason: ' ' }, null],
  [{ reason: 7 }, null],
  [null, null],
])('of %o is told %o', (payload, said) => {
  expect(saidBy(event('blocked', payload))).toBe(said);
});

it('nothing is told of no event', () => {
  expect(saidBy(null)).toBeNull();
});

it('what waits behind a task is counted over all generations, each once', () => {
  const [a, b, c, d] = ['t_a', 't_b', 't_c', 't_d'].map(asTaskId) as [TaskId, TaskId, TaskId, TaskId];
  const children = new Map([
    [a, [b, c]],
    [b, [d]],
    [c, [d]],
    [d, [a]],
  ]);
  expect(waitingBehind(children, a)).toBe(3);
  expect(waitingBehind(new Map([[b, [d]]]), b)).toBe(1);
  expect(waitingBehind(new Map(), d)).toBe(0);
});

it('the order is by what waits behind, then by age, then by id', () => {
  const item = (task_id: string, behind: number, since: number): InboxItem => ({
    task_id: asTaskId(task_id),
    title: '',
    assignee: null,
    status: 'blocked',
    priority: 0,
    tenant: null,
    block_kind: null,
    code: 'blocked',
    said: null,
    since: asSeconds(since),
    behind,
    event_id: null,
    acknowledged_by: null,
  });
  const sorted = [
    item('t_c', 1, 5),
    item('t_a', 1, 5),
    item('t_e', 1, 5),
    item('t_b', 1, 4),
    item('t_d', 2, 9),
  ].sort(byUrgency);
  expect(sorted.map(({ task_id }) => task_id)).toEqual(['t_d', 't_b', 't_a', 't_c', 't_e']);
});
