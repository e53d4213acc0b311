import { classOf, messageOf } from './faults.ts';
import type { Log, LogFields, World } from './world.ts';

const window = 60_000;

type Seen = Map<string, { since: number; suppressed: number }>;
/** All that report to one log share what was said there: a board that is broken is broken for each of them. */
const seenBy = new WeakMap<Log, Seen>();

/**
 * Reports errors of a loop: one line in 60 s for each board and class of error, or, where no board is concerned, for each
 * thing that failed; the next line tells how many were kept back (contract §5.15).
 */
export function createErrorReport(world: Pick<World, 'monotonic'>, log: Log) {
  const seen: Seen = seenBy.get(log) ?? new Map();
  seenBy.set(log, seen);
  return (what: string, error: unknown, fields: LogFields = {}): void => {
    const key = `${String(fields['board'] ?? what)} ${classOf(error)}`;
    const last = seen.get(key);
    if (last && world.monotonic() - last.since < window) {
      last.suppressed += 1;
      return;
    }
    seen.set(key, { since: world.monotonic(), suppressed: 0 });
    log.error(`${what}: ${messageOf(error)}`, { ...fields, ...(last && { suppressed: last.suppressed }) });
  };
}
