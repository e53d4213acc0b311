import type { AgentExit, Driver } from './driver.ts';
import type { AgentEvent } from './events.ts';

/** Turns an agent's output into events, line by line. */
export interface Reader {
  line(text: string): readonly AgentEvent[];
  errorLine(text: string): readonly AgentEvent[];
  ended(exit: AgentExit, left?: Readonly<Record<string, string | undefined>>): readonly AgentEvent[];
  /** How many lines were of no known kind, by their `type`; `''` for those that are no JSON object. */
  readonly unknown: ReadonlyMap<string, number>;
}

export function createReader(driver: Driver, now: () => number): Reader {
  const unknown = new Map<string, number>();
  const count = (kind: string): void => {
    unknown.set(kind, (unknown.get(kind) ?? 0) + 1);
  };
  return {
    unknown,
    line: (text) => {
      if (text.trim() === '') return [];
      const value = parsed(text);
      const events = value === undefined ? undefined : driver.read(value, now());
      if (events === undefined) count(typeOf(value));
      return events ?? [];
    },
    errorLine: (text) => driver.readError?.(text, now()) ?? [],
    ended: (exit, left = {}) => driver.ended(exit, left),
  };
}

/** The value that a line of JSON stands for; `undefined` when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function typeOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  if ('type' in value && typeof value.type === 'string') return value.type;
  return 'method' in value && typeof value.method === 'string' ? value.method : '';
}
