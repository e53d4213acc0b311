import type { Log, World } from './world.ts';

const window = 60_000;

/**
 * Reports errors of a loop: one line per key in 60 s, and the next line tells how many were kept back (contract §5.15).
 * The key is what repeats: a board and the class of the error.
 */
export function createErrorReport(world: Pick<World, 'monotonic'>, log: Log) {
  const seen = new Map<string, { since: number; suppressed: number }>();
  return (what: string, error: unknown, fields: Readonly<Record<string, unknown>> = {}): void => {
    const name = error instanceof Error ? error.name : typeof error;
    const key = `${what} ${name} ${String(fields['board'] ?? '')}`;
    const last = seen.get(key);
    if (last && world.monotonic() - last.since < window) {
      last.suppressed += 1;
      return;
    }
    seen.set(key, { since: world.monotonic(), suppressed: 0 });
    const message = error instanceof Error ? error.message : String(error);
    log.error(`${what}: ${message}`, { ...fields, ...(last && { suppressed: last.suppressed }) });
  };
}
