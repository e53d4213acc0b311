import { expect, test } from 'vitest';
import { allDone, type Board, count, emptyBoard, type FeedEvent, fold } from '../../examples/demo/board.ts';

type Told = Pick<FeedEvent, 'kind'> & Partial<FeedEvent>;

/** The board after these events, one each 100 ms. */
function after(...told: readonly Told[]): Board {
  return told.reduce((board, event, index) => {
    const whole = {
      id: index + 1,
      task_id: 't_1',
      title: 'Count',
      assignee: 'census',
      payload: null,
      ...event,
    };
    return fold(board, whole, index * 100);
  }, emptyBoard);
}

const created: Told = { kind: 'created', payload: { status: 'ready' } };
const waiting: Told = { kind: 'created', payload: { status: 'todo' } };
const card = (board: Board, id = 't_1') => board.cards.get(id);
const story = (board: Board) => board.story.map((moment) => moment.text);

test('a card goes from todo through ready and running to done', () => {
  const steps = [
    waiting,
    { kind: 'promoted' },
    { kind: 'claimed' },
    { kind: 'spawned' },
    { kind: 'completed' },
  ];
  const columns = steps.map((_, index) => card(after(...steps.slice(0, index + 1)))?.column);
  expect(columns).toEqual(['todo', 'ready', 'running', 'running', 'done']);
  expect(allDone(after(...steps))).toBe(true);
});

test('a running card knows since when it runs', () => {
  expect(card(after(created, { kind: 'claimed' }, { kind: 'heartbeat' }))?.since).toBe(100);
});

test('a failed attempt returns to ready with its reason, and the next one is counted', () => {
  const failed = after(created, { kind: 'claimed' }, { kind: 'crashed', payload: { exit_code: 1 } });
  expect(card(failed)).toMatchObject({ column: 'ready', attempts: 1, note: 'crashed, exit code 1' });
  const again = after(created, { kind: 'claimed' }, { kind: 'crashed' }, { kind: 'claimed' });
  expect(card(again)).toMatchObject({ column: 'running', attempts: 2, note: undefined });
  expect(story(again).at(-1)).toBe('Count · attempt 2');
});

test('a question blocks a card until it is unblocked', () => {
  const asked = after(created, { kind: 'claimed' }, { kind: 'blocked', payload: { reason: 'Which?' } });
  expect(card(asked)).toMatchObject({ column: 'blocked', note: 'Which?', gaveUp: false });
  const steps = [created, { kind: 'blocked' }, { kind: 'commented' }, { kind: 'unblocked' }];
  expect(card(after(...steps))).toMatchObject({ column: 'ready', note: undefined });
});

test.each([
  ['gave_up last', ['crashed', 'gave_up']],
  ['gave_up first', ['gave_up', 'crashed']],
])('a card that failed too often stays blocked (%s)', (_, kinds) => {
  const board = after(created, { kind: 'claimed' }, ...kinds.map((kind) => ({ kind })));
  expect(card(board)).toMatchObject({ column: 'blocked', gaveUp: true });
});

test('a new parent takes a ready card back, unless the parent is done', () => {
  const parent = { task_id: 't_2', title: 'Plan' };
  const linked = { kind: 'linked', payload: { parent: 't_2', child: 't_1' } };
  expect(card(after(created, { ...created, ...parent }, linked))?.column).toBe('todo');
  expect(card(after(created, { ...parent, kind: 'completed' }, linked))?.column).toBe('ready');
});

test('a card whose creation was missed appears with its first event', () => {
  expect(card(after({ kind: 'claimed' }))).toMatchObject({ title: 'Count', column: 'running' });
});

test('the creation of a card that is known already changes nothing', () => {
  expect(card(after(created, { kind: 'claimed' }, created))?.column).toBe('running');
});

test('an event that changes nothing leaves the very same board', () => {
  const board = after(created);
  const heartbeat = { id: 9, task_id: 't_1', kind: 'heartbeat', payload: null, title: null, assignee: null };
  expect(fold(board, heartbeat, 900)).toBe(board);
});

test('text from the board cannot steer the terminal', () => {
  const board = after({ ...created, title: 'a\u001b[2Jb\nc' });
  expect(card(board)?.title).toBe('a [2Jb c');
});

test('counts by column', () => {
  const board = after(created, { ...created, task_id: 't_2' }, { kind: 'claimed', task_id: 't_2' });
  expect([count(board, 'ready'), count(board, 'running'), count(board, 'done')]).toEqual([1, 1, 0]);
  expect(allDone(board)).toBe(false);
  expect(allDone(emptyBoard)).toBe(false);
});
