import { InvalidArgumentError } from '@commander-js/extra-typings';
import { parseDuration } from '../../domain/duration.ts';
import type { BoardId } from '../../domain/ids.ts';
import { parseBoardId, type Seconds } from '../../domain/ids.ts';
import type { Metadata } from '../../domain/task.ts';

/** What stands behind a flag, read once; a bad value is wrong usage (exit 2) before anything is opened. */

export const board = (text: string): BoardId => {
  const parsed = parseBoardId(text);
  if (parsed === undefined) {
    throw new InvalidArgumentError(
      'A board is 1 to 64 of a-z, 0-9, - and _, beginning with a letter or digit.',
    );
  }
  return parsed;
};

export const wholeNumber =
  (least = Number.MIN_SAFE_INTEGER) =>
  (text: string): number => {
    const number = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(number) && number >= least) return number;
    const range = least === Number.MIN_SAFE_INTEGER ? '' : ` of at least ${least}`;
    throw new InvalidArgumentError(`It must be a whole number${range}.`);
  };

export const duration = (text: string): Seconds => {
  const seconds = parseDuration(text);
  if (seconds === undefined) {
    throw new InvalidArgumentError('It must be a duration above zero, such as 90, 90s, 15m, 2h or 1d.');
  }
  return seconds;
};

export const jsonObject = (text: string): Metadata => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It must be a JSON object, and this is not JSON.');
  }
  if (!isObject(value)) throw new InvalidArgumentError('It must be a JSON object, such as {"files": 3}.');
  return value;
};

const isObject = (value: unknown): value is Metadata =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** For a flag that may be repeated. */
export const repeated = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text];

/** For a flag that takes `a,b,c`. */
export const commaList = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
