import { parseDuration } from './duration.ts';
import { asProfileName, asSeconds, type ProfileName, type Seconds } from './ids.ts';

/** What people say of loops (contract §13.1), on the command line and in chats. */

const longestInterval = 365 * 86_400;

const unitLetters: Readonly<Record<string, string>> = {
  '': 's',
  ...Object.fromEntries(['s', 'sec', 'secs', 'second', 'seconds'].map((word) => [word, 's'])),
  ...Object.fromEntries(['m', 'min', 'mins', 'minute', 'minutes'].map((word) => [word, 'm'])),
  ...Object.fromEntries(['h', 'hr', 'hrs', 'hour', 'hours'].map((word) => [word, 'h'])),
  ...Object.fromEntries(['d', 'day', 'days'].map((word) => [word, 'd'])),
};

/** Reads `90`, `90s`, `5min`, `2hours`, `1d`, not yet clamped; `undefined` for anything else, and for more than a year. */
export function parseInterval(text: string): Seconds | undefined {
  const [, digits, word = ''] = /^(\d+)([a-z]*)$/i.exec(text.trim()) ?? [];
  const unit = unitLetters[word.toLowerCase()];
  if (digits === undefined || unit === undefined) return undefined;
  if (Number(digits) === 0) return asSeconds(0);
  const seconds = parseDuration(`${digits}${unit}`);
  return seconds === undefined || seconds > longestInterval ? undefined : seconds;
}

/** What a line after `/loop` asks for. */
export type LoopWish =
  | { readonly verb: 'list' }
  | { readonly verb: 'pause' | 'resume' | 'clear'; readonly id: string | undefined }
  | { readonly verb: 'start'; readonly interval: Seconds; readonly prompt: string }
  | { readonly verb: 'wrong'; readonly sentence: string };

const steering: Readonly<Record<string, 'pause' | 'resume' | 'clear'>> = {
  pause: 'pause',
  resume: 'resume',
  clear: 'clear',
  stop: 'clear',
  done: 'clear',
};

const wrong = (sentence: string): LoopWish => ({ verb: 'wrong', sentence });

/** Reads the words after `/loop` or `andon loop` (contract §13.1); a first word that means nothing is never a prompt. */
export function parseLoopWords(words: readonly string[]): LoopWish {
  const said = words[0]?.toLowerCase() === 'every' ? words.slice(1) : words;
  const [first = '', ...rest] = said;
  const word = first.toLowerCase();
  if (word === '' || word === 'list' || word === 'status') {
    if (words.length > said.length) return wrong('After `every` comes an interval, such as 5m.');
    return rest.length === 0 ? { verb: 'list' } : wrong(`\`${word}\` takes no more words.`);
  }
  const verb = Object.hasOwn(steering, word) ? steering[word] : undefined;
  if (verb !== undefined) return steer(verb, word, rest);
  const interval = parseInterval(first);
  if (interval === undefined) {
    return wrong(
      `A loop begins with an interval, such as 90, 5m, 2h or 1d, or with list, pause, resume or clear; \`${first}\` is none of them.`,
    );
  }
  const prompt = rest.join(' ').trim();
  if (prompt === '') return wrong('After the interval come the words of the loop; there were none.');
  return { verb: 'start', interval, prompt };
}

function steer(verb: 'pause' | 'resume' | 'clear', word: string, rest: readonly string[]): LoopWish {
  const [text, ...more] = rest;
  if (text === undefined) return { verb, id: undefined };
  const [, id] = /^#?([0-9a-f]{6})$/i.exec(text) ?? [];
  if (id === undefined || more.length > 0) {
    return wrong(`\`${word}\` takes one loop, such as #a3f1c2, or nothing for all of them.`);
  }
  return { verb, id: id.toLowerCase() };
}

/** Splits a line of a chat so that its prompt stays as it was written, quotes and line ends included. */
export const splitLoopLine = (line: string): readonly string[] =>
  [...line.trim().matchAll(/^(?:(every)\s+)?(\S*)\s*([\s\S]*)$/gi)].flatMap(([, ...words]) =>
    words.filter(Boolean),
  );

/** Words to a profile, as they are said in a chat: `@ada look at the build`. */
export function profileIn(
  prompt: string,
): { readonly profile: ProfileName; readonly words: string } | undefined {
  const [, profile, words] = /^@([\w.-]+)\s+(\S[\s\S]*)$/.exec(prompt) ?? [];
  return profile === undefined || words === undefined
    ? undefined
    : { profile: asProfileName(profile.toLowerCase()), words };
}
