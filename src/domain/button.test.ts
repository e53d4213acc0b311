import { describe, expect, it } from 'vitest';
import { buttonsOf, type Press, parsePress, pressText } from './button.ts';
import { asEventId, asTaskId, defaultBoard } from './ids.ts';

const press: Press = {
  button: 'unblock',
  task_id: asTaskId('t_1a2b3c4d'),
  event_id: asEventId(42),
  board: defaultBoard,
  assignee: null,
};

describe('a button', () => {
  it('stands below what a person can answer, and a reminder can be acknowledged', () => {
    expect(buttonsOf('blocked', 0)).toEqual(['answer', 'unblock', 'reassign']);
    expect(buttonsOf('blocked', 2)).toEqual(['ack', 'answer', 'unblock', 'reassign']);
    expect(buttonsOf('review_requested', 0)).toContain('approve');
    expect(buttonsOf('completed', 0)).toEqual([]);
  });

  it.each<[Press, number, string | undefined]>([
    [press, 64, 'unblock 42 t_1a2b3c4d default'],
    [press, 24, 'unblock 42 t_1a2b3c4d'],
    [press, 10, undefined],
    [{ ...press, button: 'reassign', assignee: 'carol' }, 64, 'reassign=carol 42 t_1a2b3c4d default'],
    [{ ...press, board: null }, 64, 'unblock 42 t_1a2b3c4d'],
  ])('%o carries in %i bytes %o', (given, most, text) => {
    expect(pressText(given, most)).toBe(text);
    if (text !== undefined && most === 64) expect(parsePress(text)).toEqual(given);
  });

  it('that lost its board is read without one', () => {
    expect(parsePress('unblock 42 t_1a2b3c4d')).toEqual({ ...press, board: null });
    expect(parsePress('unblock 42 t_1a2b3c4d Not A Board')).toMatchObject({ board: 'not' });
    expect(parsePress('unblock 42 t_1a2b3c4d ~home')).toMatchObject({ board: null });
  });

  it.each(['', 'dance 42 t_1', 'unblock x t_1', 'unblock 42', 'unblock'])('%o is none of ours', (text) => {
    expect(parsePress(text)).toBeUndefined();
  });
});
