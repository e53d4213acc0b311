import { setTimeout as pause } from 'node:timers/promises';

/** How often a condition is looked at, in milliseconds. */
const between = 15;

/**
 * Looks until `look` gives something other than `undefined` or `false`, and gives that. A test waits for what it means to
 * see, not for a time; past `limit` milliseconds it fails and says what it waited for.
 */
export async function until<Value>(
  what: string,
  look: () => Value | undefined | false | Promise<Value | undefined | false>,
  limit = 10_000,
): Promise<Value> {
  const end = performance.now() + limit;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > end) throw new Error(`Waited ${limit} ms in vain: ${what}.`);
    await pause(between);
  }
}
