import { describe, expect, it } from 'vitest';
import { asEventId, asMillis, asProfileName, asSeconds, asTaskId } from './ids.ts';
import { digestOf, messageOf, newestOfEach, retryDelay } from './message.ts';
import type { Metadata } from './task.ts';
import type { DueDelivery } from './view.ts';

const delivery = (kind: string, payload: Metadata | null, own: Partial<DueDelivery> = {}): DueDelivery => ({
  id: 1,
  task_id: asTaskId('t_00000001'),
  platform: 'webhook',
  chat_id: 'ops',
  thread_id: '',
  event_id: asEventId(5),
  reminder: 0,
  state: 'pending',
  attempts: 0,
  next_try_at: asMillis(0),
  last_error: null,
  created_at: asMillis(1_000_000),
  sent_at: null,
  delivery_mode: 'notify',
  delivery_metadata: null,
  last_ping_event_id: asEventId(0),
  workspace_path: null,
  spent: null,
  event: {
    id: asEventId(5),
    task_id: asTaskId('t_00000001'),
    run_id: null,
    kind,
    payload,
    created_at: asSeconds(1000),
  },
  title: 'Count the lines',
  assignee: asProfileName('coder'),
  result: null,
  ...own,
});

describe('a message', () => {
  it('ends with what the task has cost so far, where workers told it', () => {
    const said = (cost_micros: number, tokens: number): string =>
      messageOf(delivery('completed', { summary: 'Counted.' }, { spent: { cost_micros, tokens } }));
    expect(said(120_000, 12_300)).toMatch(/Counted\.\nSpent so far: \$0\.12 \(12\.3k tokens\)$/);
    expect(said(0, 950)).toMatch(/\nSpent so far: 950 tokens$/);
    expect(said(0, 0)).toMatch(/Counted\.$/);
  });

  it.each<[string, Metadata | null, string]>([
    ['completed', { summary: 'Counted.' }, '✔ @coder t_00000001 done: Count the lines\nCounted.'],
    ['completed', null, '✔ @coder t_00000001 done: Count the lines'],
    ['blocked', { reason: 'Which colour?' }, '⏸ @coder t_00000001 blocked: Which colour? (Count the lines)'],
    ['blocked', { reason: null }, '⏸ @coder t_00000001 blocked (Count the lines)'],
    ['gave_up', { error: 'exit 1\nstack' }, '✖ @coder t_00000001 gave up: Count the lines\nexit 1'],
    [
      'budget_warning',
      { sentence: 'The budget of the profile coder is used to 85 %: $0.85 of $1.00.' },
      '⚠ @coder t_00000001 The budget of the profile coder is used to 85 %: $0.85 of $1.00. (Count the lines)',
    ],
    ['budget_exceeded', null, '✖ @coder t_00000001 budget_exceeded (Count the lines)'],
    ['gave_up', null, '✖ @coder t_00000001 gave up: Count the lines'],
    [
      'failed',
      { error: 'No luck.\nMore.' },
      '✖ @coder t_00000001 failed, will retry: Count the lines\nNo luck.',
    ],
    ['crashed', { pid: 9 }, '✖ @coder t_00000001 worker crashed, will retry: Count the lines'],
    [
      'timed_out',
      { limit_seconds: 60 },
      '⏱ @coder t_00000001 timed out after 60 s, will retry: Count the lines',
    ],
    ['timed_out', {}, '⏱ @coder t_00000001 timed out after ? s, will retry: Count the lines'],
    [
      'review_requested',
      { summary: 'Counted.\nMore.' },
      '◎ @coder t_00000001 waits for a review: Count the lines\nCounted.',
    ],
    ['heartbeat', { note: 'Half way.' }, '● @coder t_00000001 at work: Half way. (Count the lines)'],
    ['heartbeat', null, '● @coder t_00000001 at work:  (Count the lines)'],
    ['archived', null, '@coder t_00000001 archived: Count the lines'],
  ])('of %s with %o', (kind, payload, text) => {
    expect(messageOf(delivery(kind, payload))).toBe(text);
  });
  it('of a test says that it is one', () => {
    expect(messageOf(delivery('test', null))).toBe('✔ A test: Count the lines.');
  });
  it('names nobody when nobody is assigned', () => {
    expect(messageOf(delivery('crashed', null, { assignee: null }))).toMatch(/^✖ t_00000001 /);
  });
  it('says the first line of the result when there is no summary', () => {
    const result = `\n${'r'.repeat(200)}\nmore`;
    const lines = messageOf(delivery('completed', { summary: ' ' }, { result })).split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toBe(`${'r'.repeat(159)}…`);
    expect(messageOf(delivery('completed', null, { result: '  ' }))).not.toContain('\n');
  });
  it.each([
    ['completed', { summary: '😀'.repeat(300) }, 200],
    ['gave_up', { error: '😀'.repeat(300) }, 200],
  ])('of %s keeps its second line within %i characters', (kind, payload, most) => {
    const second = messageOf(delivery(kind, payload)).split('\n')[1] ?? '';
    expect([...second]).toHaveLength(most);
  });
  it('says that a block was one too many', () => {
    expect(messageOf(delivery('block_loop_detected', { reason: 'No key.' }))).toBe(
      '⏸ @coder t_00000001 blocked again by the same, and now in triage: No key. (Count the lines)',
    );
  });
  it('keeps a reason within 160 characters and a title within 120', () => {
    const long = messageOf(delivery('blocked', { reason: 'r'.repeat(300) }, { title: 't'.repeat(300) }));
    expect(long).toBe(`⏸ @coder t_00000001 blocked: ${'r'.repeat(159)}… (${'t'.repeat(119)}…)`);
  });
});

it('a reminder says how long nobody has answered', () => {
  const late = { reminder: 2, created_at: asMillis(1_000_000 + 7_500_000) };
  expect(messageOf(delivery('blocked', { reason: 'Which?' }, late))).toBe(
    '⏰ Nobody has answered for 2h 5m:\n⏸ @coder t_00000001 blocked: Which? (Count the lines)',
  );
});

it('a digest is its messages one after the other', () => {
  const both = [delivery('completed', null), delivery('crashed', null)];
  expect(digestOf(both)).toBe(`2 messages:\n\n${both.map(messageOf).join('\n\n')}`);
});

it('a digest that would be too long ends with how many are left', () => {
  const many = Array.from({ length: 40 }, () => delivery('gave_up', { error: 'x'.repeat(200) }));
  const text = digestOf(many);
  expect(text.length).toBeLessThan(3900);
  const [, left] = /\n\n… and (\d+) more; `\/kanban inbox`/.exec(text) ?? [];
  expect(text.split('gave up').length - 1 + Number(left)).toBe(40);
});

it('of reminders of one event the newest is told', () => {
  const told = delivery('blocked', null);
  const reminders = [1, 2].map((reminder) => ({ ...told, id: 1 + reminder, reminder }));
  const other = { ...told, id: 9, event_id: asEventId(8) };
  expect(newestOfEach([told, ...reminders, other]).map(({ id }) => id)).toEqual([3, 9]);
});

describe('a delivery that failed', () => {
  it('waits longer each time, for about a day in all, and is then given up', () => {
    const waits: number[] = [];
    for (let wait = retryDelay(1, 0); wait !== null; wait = retryDelay(waits.length + 1, 0)) waits.push(wait);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(waits[0]).toBe(5000);
    const hours = waits.reduce((sum, wait) => sum + wait, 0) / 3_600_000;
    expect(hours).toBeGreaterThan(20);
    expect(hours).toBeLessThan(28);
  });
  it('waits up to a tenth more, so that many do not come back at once', () => {
    expect(retryDelay(1, 1)).toBe(5500);
    expect(retryDelay(1, 0.5)).toBe(5250);
  });
});
