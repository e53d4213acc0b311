import { expect, it } from 'vitest';
import { splitWords } from './words.ts';

it.each([
  ['create "Fix the login" --assignee ada', ['create', 'Fix the login', '--assignee', 'ada']],
  ['  say \'it is "so"\'  ', ['say', 'it is "so"']],
  ['a "b \\"c\\" \\d" e\\ f', ['a', 'b "c" \\d', 'e f']],
  ["--title='two words' ''", ['--title=two words', '']],
  ['one\ntwo', ['one', 'two']],
  ['', []],
])('splits %j as a shell does', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

it.each(['say "never closed', "it's", 'ends with \\'])('refuses %j, which never ends', (line) => {
  expect(splitWords(line)).toBeUndefined();
});
