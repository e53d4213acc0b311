import { describe, expect, it } from 'vitest';
import {
  asEpoch,
  asEventId,
  asMillis,
  asRunId,
  asSeconds,
  asTaskId,
  defaultBoard,
  homeBoard,
  parseAssignee,
  parseBoardId,
  taskIdInProse,
  toMillis,
  toSeconds,
} from './ids.ts';

describe('a board is named', () => {
  it.each([
    ['default', 'default'],
    ['  My-Board_2 ', 'my-board_2'],
    ['0', '0'],
    ['a'.repeat(64), 'a'.repeat(64)],
  ])('by "%s"', (text, slug) => {
    expect(parseBoardId(text)).toBe(slug);
  });
  it.each(['', ' ', '-a', '_a', 'a b', 'a/b', '..', 'ä', 'a'.repeat(65)])('not by "%s"', (text) => {
    expect(parseBoardId(text)).toBeUndefined();
  });
  it('never like the store of what spans boards', () => {
    expect(parseBoardId(homeBoard)).toBeUndefined();
    expect(parseBoardId(defaultBoard)).toBe(defaultBoard);
  });
});

describe('an assignee', () => {
  it('is trimmed and lower-cased', () => {
    expect(parseAssignee('  Coder ')).toBe('coder');
  });
  it.each(['', '  ', 'none', 'None', '-', 'NULL'])('is nobody for "%s"', (text) => {
    expect(parseAssignee(text)).toBeNull();
  });
});

describe('ids', () => {
  it('of tasks are found in prose', () => {
    const prose = 'See t_0000abcd and (t_1234567890), not t_1234567, at_0000abcd, t_0000ABCD or t_0000abcdx.';
    expect(prose.match(taskIdInProse)).toEqual(['t_0000abcd', 't_1234567890']);
  });
  it('are their values', () => {
    expect([asTaskId('t_1'), asRunId(1), asEventId(2), asEpoch(3)]).toEqual(['t_1', 1, 2, 3]);
  });
});

describe('times', () => {
  it('lose what is below a second', () => {
    expect(toSeconds(asMillis(1999))).toBe(1);
    expect(toMillis(asSeconds(2))).toBe(2000);
  });
});
