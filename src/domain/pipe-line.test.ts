import { expect, it } from 'vitest';
import type { Event } from './event.ts';
import { asEventId, asSeconds, asTaskId, defaultBoard } from './ids.ts';
import { pipeLine } from './pipe-line.ts';

const event = (kind: string, payload: Event['payload'] = null): Event => ({
  ...{ id: asEventId(7), task_id: asTaskId('t_1'), run_id: null, created_at: asSeconds(1) },
  ...{ kind, payload },
});
const read = (line: string | undefined): Record<string, unknown> => JSON.parse(line ?? '{}');

it.each([
  ['completed', { summary: `${'é'.repeat(250)}\nmore` }, `done: ${'é'.repeat(200)}`],
  ['completed', null, 'done'],
  ['blocked', { reason: 'Left or right?' }, 'blocked: Left or right?'],
  ['gave_up', { error: ' ' }, 'gave up'],
  ['gave_up', { error: 'no such file' }, 'gave up: no such file'],
  ['crashed', { pid: 4 }, 'worker crashed, will retry'],
  ['timed_out', { limit_seconds: 60 }, 'timed out after 60 s, will retry'],
  ['timed_out', {}, 'timed out after ? s, will retry'],
])('%s is told as it is, and in words', (kind, payload, words) => {
  const line = pipeLine(defaultBoard, event(kind, payload));
  expect(line?.endsWith('\n')).toBe(true);
  expect(line?.trim()).not.toContain('\n');
  expect(read(line)).toEqual({
    ...{ task_id: 't_1', kind, board: 'default', event_id: 7, payload },
    text: `[IMPORTANT: Kanban task t_1 ${words}]`,
  });
});

it('nothing else is told', () => {
  expect(pipeLine(defaultBoard, event('created'))).toBeUndefined();
});

it('a line that a pipe would tear is told without its payload', () => {
  const line = pipeLine(defaultBoard, event('completed', { summary: 'short', notes: '€'.repeat(1500) }));
  expect(read(line)).toMatchObject({
    payload: null,
    cut: true,
    text: '[IMPORTANT: Kanban task t_1 done: short]',
  });
});
