import { describe, expect, it } from 'vitest';
import { parseInterval, parseLoopWords, profileIn, splitLoopLine } from './loop-words.ts';

describe('an interval', () => {
  it.each([
    ['90', 90],
    ['90s', 90],
    ['2sec', 2],
    ['2Seconds', 2],
    ['5m', 300],
    ['5min', 300],
    ['1minute', 60],
    ['2h', 7200],
    ['2hrs', 7200],
    ['1day', 86_400],
    ['0', 0],
    [' 365d ', 31_536_000],
  ])('%j is %d seconds', (text, seconds) => {
    expect(parseInterval(text)).toBe(seconds);
  });

  it.each(['', 'm', '5x', '-5', '1.5h', '5 m', '366d', '99999999999999999999d', '5constructor'])(
    '%j is none',
    (text) => {
      expect(parseInterval(text)).toBeUndefined();
    },
  );
});

describe('the words after /loop', () => {
  it.each([[[]], [['list']], [['STATUS']]])('%j lists', (words) => {
    expect(parseLoopWords(words)).toEqual({ verb: 'list' });
  });

  it.each([
    [['5m', 'check', 'the build']],
    [['every', '5m', 'check the build']],
    [['Every', '300', 'check the build']],
  ])('%j starts a loop', (words) => {
    expect(parseLoopWords(words)).toEqual({ verb: 'start', interval: 300, prompt: 'check the build' });
  });

  it.each([
    [['pause'], 'pause', undefined],
    [['resume', '#A3F1C2'], 'resume', 'a3f1c2'],
    [['clear', 'a3f1c2'], 'clear', 'a3f1c2'],
    [['stop'], 'clear', undefined],
    [['done', '#a3f1c2'], 'clear', 'a3f1c2'],
  ])('%j steers', (words, verb, id) => {
    expect(parseLoopWords(words)).toEqual({ verb, id });
  });

  it.each([
    [['check', 'the', 'build'], 'is none of them'],
    [['constructor'], 'is none of them'],
    [['5m'], 'there were none'],
    [['5m', '  '], 'there were none'],
    [['every'], 'comes an interval'],
    [['every', 'list'], 'comes an interval'],
    [['list', 'all'], 'no more words'],
    [['pause', '#xyz'], 'takes one loop'],
    [['clear', 'a3f1c2', 'b3f1c2'], 'takes one loop'],
  ])('%j is refused, never taken for a prompt', (words, part) => {
    const wish = parseLoopWords(words);
    expect(wish).toMatchObject({ verb: 'wrong', sentence: expect.stringContaining(part) });
  });
});

it('a line of a chat keeps its prompt as it was written', () => {
  expect(splitLoopLine(' every 5m say "it\'s\n  done" ')).toEqual(['every', '5m', 'say "it\'s\n  done"']);
  expect(splitLoopLine('5m go')).toEqual(['5m', 'go']);
  expect(splitLoopLine('every')).toEqual(['every']);
  expect(splitLoopLine('pause')).toEqual(['pause']);
  expect(splitLoopLine('')).toEqual([]);
});

it('words to a profile name it first', () => {
  expect(profileIn('@Ada look\nat it')).toEqual({ profile: 'ada', words: 'look\nat it' });
  expect(profileIn('@ada')).toBeUndefined();
  expect(profileIn('tell @ada to look')).toBeUndefined();
});
