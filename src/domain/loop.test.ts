import { describe, expect, it } from 'vitest';
import { asMillis, asSeconds, asTaskId, defaultBoard } from './ids.ts';
import {
  atLeastShortest,
  countdown,
  dueLoops,
  fireAt,
  type Loop,
  loopDetail,
  loopLine,
  loopRole,
  nextFire,
  turnKey,
  withOutcome,
  withTurn,
} from './loop.ts';

const start = 1_000_000;
const now = asMillis(start + 100_000);

const loop = (own: Partial<Loop> = {}): Loop => ({
  id: 'a3f1c2',
  session: 'cli',
  target: 'profile',
  name: 'ada',
  prompt: 'check the build',
  command: null,
  folder: null,
  board: defaultBoard,
  interval_seconds: asSeconds(300),
  status: 'active',
  created_at: asMillis(start),
  created_by: 'user',
  user_id: null,
  gateway: null,
  last_fired_at: asMillis(0),
  turns_completed: 0,
  turn: 0,
  turn_state: null,
  turn_mark: null,
  task_id: null,
  note: null,
  ...own,
});
const fired = (ago: number, own: Partial<Loop> = {}): Loop =>
  loop({ last_fired_at: asMillis(now - ago * 1000), ...own });

describe('the next turn', () => {
  it('of a new loop is due at once, and then after each interval', () => {
    expect(fireAt(loop(), [loop()])).toBe(start);
    expect(fireAt(fired(100), [])).toBe(now + 200_000);
    expect(fireAt(fired(1000), [])).toBe(now - 700_000);
  });

  it('does not come while the loop is paused or ended, or its turn goes on', () => {
    expect(fireAt(loop({ status: 'paused' }), [])).toBeUndefined();
    expect(fireAt(loop({ status: 'done' }), [])).toBeUndefined();
    expect(fireAt(fired(1000, { turn_state: 'claimed' }), [])).toBeUndefined();
    expect(fireAt(fired(1000, { turn_state: 'open' }), [])).toBeUndefined();
  });

  it('waits two seconds after any turn of what it speaks to, and minds nothing else', () => {
    const overdue = fired(1000, { id: 'b00001' });
    const spoken = fired(1, { id: 'b00002', turn_state: 'open' });
    expect(fireAt(overdue, [overdue, spoken])).toBe(now + 1000);
    expect(fireAt(overdue, [overdue, { ...spoken, name: 'bob' }])).toBe(now - 700_000);
    expect(fireAt(overdue, [overdue, { ...spoken, target: 'chat' }])).toBe(now - 700_000);
  });

  it('is that of whoever has waited longest; of those alike, that of the lesser id', () => {
    const one = fired(400, { id: 'b00001', name: 'bob' });
    const two = fired(500, { id: 'b00002' });
    const three = fired(400, { id: 'b00003', name: 'eve' });
    const later = fired(10, { id: 'b00004', name: 'zoe' });
    expect(dueLoops([later, three, one, two, loop({ status: 'paused' })], now)).toEqual([two, one, three]);
    expect(dueLoops([one, three], now)).toEqual([one, three]);
    expect(nextFire([later, loop({ status: 'paused' })])).toBe(now + 290_000);
    expect(nextFire([loop({ status: 'paused' })])).toBeUndefined();
  });
});

describe('a turn', () => {
  const begun = withTurn(fired(1000, { turn: 4, turns_completed: 3, task_id: asTaskId('t_1') }), 'feed', now);

  it('counts when it begins, and names its task', () => {
    expect(begun).toMatchObject({
      ...{ last_fired_at: now, turn: 5, turns_completed: 4, turn_state: 'claimed' },
      ...{ turn_mark: 'feed', task_id: null },
    });
    expect(turnKey(begun)).toBe('loop:a3f1c2:5');
    const open = withOutcome(begun, { state: 'open', task_id: asTaskId('t_2') });
    expect(open).toMatchObject({ turn_state: 'open', task_id: 't_2', turns_completed: 4 });
  });

  it('is over with a note, and does not count when it brought nothing', () => {
    const over = { state: 'over', empty: false, interrupted: false, note: 'It failed.' } as const;
    expect(withOutcome(begun, over)).toMatchObject({
      ...{ turn_state: null, turn_mark: null, turns_completed: 4, status: 'active', note: 'It failed.' },
    });
    expect(withOutcome(begun, { ...over, empty: true }).turns_completed).toBe(3);
  });

  it('that is interrupted pauses its loop, unless that was ended', () => {
    const broken = { state: 'over', empty: false, interrupted: true, note: null } as const;
    expect(withOutcome(begun, broken).status).toBe('paused');
    expect(withOutcome({ ...begun, status: 'done' }, broken).status).toBe('done');
  });
});

describe('a loop tells', () => {
  it.each([
    [60, '1m'],
    [90, '1m 30s'],
    [3661, '1h 1m'],
    [90_000, '1d 1h'],
  ])('an interval of %d seconds as %s', (seconds, text) => {
    const line = loopLine(loop({ interval_seconds: asSeconds(seconds) }), [], now);
    expect(line).toBe(`⊙ #a3f1c2 (active, every ${text}, next: now, 0/20 turns): check the build`);
  });

  it.each([
    [-5, 'now'],
    [0, 'now'],
    [500, '1s'],
    [42_000, '42s'],
    [195_000, '3m 15s'],
    [4_980_000, '1h 23m'],
  ])('%d milliseconds as %s', (left, text) => {
    expect(countdown(left)).toBe(text);
  });

  it('how it stands in one line', () => {
    const running = fired(258, { turns_completed: 2, turn_state: 'open' });
    expect(loopLine(running, [running], now)).toBe(
      '⊙ #a3f1c2 (active, every 5m, next: 42s, 2/20 turns): check the build',
    );
    expect(loopLine(loop({ status: 'paused', prompt: 'check\n the  build' }), [], now)).toBe(
      '⏸ #a3f1c2 (paused, every 5m, 0/20 turns): check the build',
    );
  });

  it('what else there is to know', () => {
    expect(loopDetail(loop())).toBe('for @ada on default');
    const task = loop({ turn_state: 'open', task_id: asTaskId('t_1') });
    expect(loopDetail(task)).toBe('for @ada on default; its turn is t_1');
    const command = loop({ target: 'command', name: 'here', turn_state: 'open', note: 'It failed.' });
    expect(loopDetail(command)).toBe('a command on here; its turn goes on; It failed.');
    expect(loopDetail(loop({ target: 'chat', name: 'telegram:7' }))).toBe('into telegram:7');
  });
});

it('the turns of a loop are begun by whoever can do what they need', () => {
  expect(loopRole(loop())).toBe('dispatcher');
  expect(loopRole(loop({ target: 'command', name: 'here' }))).toBe('host:here');
  expect(loopRole(loop({ target: 'chat' }))).toBe('notifier');
  expect(loopRole(loop({ target: 'chat', gateway: 'team' }))).toBe('notifier:team');
});

it('no loop is faster than a minute', () => {
  expect([atLeastShortest(asSeconds(5)), atLeastShortest(asSeconds(61))]).toEqual([60, 61]);
});
