import type { Millis } from '../domain/ids.ts';

/** Milliseconds: no far side makes us wait for longer by asking for it. */
export const longestWish = 3_600_000;

/**
 * How long the far side wants us to wait, in milliseconds, an hour at most: its `retry-after`, in seconds or as a date; nothing
 * when it does not say.
 */
export function retryAfterOf(text: string | null, now: Millis): number | undefined {
  if (text === null) return undefined;
  const seconds = Number(text);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - now;
  return wait > 0 ? Math.min(wait, longestWish) : undefined;
}
