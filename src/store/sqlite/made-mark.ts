import { writeFileSync } from 'node:fs';
import type { Millis } from '../../domain/ids.ts';
import { StoreFault } from '../store.ts';
import { identityOf } from './file-identity.ts';

/**
 * The mark beside a database that was used here once, `<db>.made`: while it stands, a database that is missing, empty or
 * without tables was lost, and is never silently made anew. It moves with the board's folder.
 */
const markOf = (path: string): string => `${path}.made`;

export const isMarked = (path: string): boolean => identityOf(markOf(path)) !== undefined;

/** Where it cannot be written, the board works all the same; the next opening tries again. */
export function putMark(path: string, now: Millis): void {
  if (isMarked(path)) return;
  const line = `In use since ${new Date(now).toISOString()}; while this file stands, the database beside it is never made anew.\n`;
  try {
    writeFileSync(markOf(path), line, { flag: 'wx' });
  } catch {
    // Somebody else has just put it, or the folder is full or read-only.
  }
}

/** What became of a marked database. */
export type Loss = 'is gone' | 'is empty' | 'holds no board any more';

export const missing = (path: string, loss: Loss): StoreFault =>
  new StoreFault(
    'missing',
    `${path} was in use and ${loss}; nothing was made in its place: put it back, bring back a backup with ` +
      `\`andon restore latest\`, or remove ${markOf(path)} to begin anew.`,
  );
