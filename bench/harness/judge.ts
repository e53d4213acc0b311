import { cpus, release, totalmem } from 'node:os';
import { z } from 'zod';
import { type Figure, meets } from './row.ts';

const figure = z.object({
  name: z.string(),
  value: z.number(),
  unit: z.enum(['x', 'µs', 'ms', 's', '/s', 'MB', 'kB', 'count']),
  least: z.number().optional(),
  most: z.number().optional(),
  goal: z.union([z.object({ atMost: z.number() }), z.object({ atLeast: z.number() })]).optional(),
});

/** What `npm run bench` writes: each row as often as it was measured, in order. */
export const record = z.object({
  date: z.string(),
  machine: z.object({
    processor: z.string(),
    cores: z.number(),
    memory: z.number(),
    system: z.string(),
    node: z.string(),
    sqlite: z.string(),
  }),
  rows: z.array(
    z.object({ id: z.string(), title: z.string(), goal: z.string(), runs: z.array(z.array(figure)) }),
  ),
});

export type Record = z.infer<typeof record>;

export const thisMachine = (): Record['machine'] => ({
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memory: totalmem(),
  system: `${process.platform} ${release()}`,
  node: process.versions.node,
  sqlite: process.versions['sqlite'] ?? '',
});

/** Two runs after each other must agree, as timings vary: one run alone judges nothing. */
export type Verdict = 'met' | 'missed' | 'varies' | 'met once' | 'missed once' | 'not measured';

export function verdictOf(runs: readonly (readonly Figure[])[]): Verdict {
  if (runs.some((figures) => figures.length === 0)) return 'not measured';
  const met = runs.map((figures) => figures.every(meets));
  const [first, second] = met;
  if (first === undefined) return 'not measured';
  if (second === undefined) return first ? 'met once' : 'missed once';
  if (first !== second) return 'varies';
  return first ? 'met' : 'missed';
}

const digits = (value: number): string =>
  Number.isInteger(value) || Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en')
    : value
        .toPrecision(3)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '');

/** A figure with its spread and its goal, such as `1.21x (1.10 to 1.34), goal at most 1.25x`. */
export function tell(one: Figure): string {
  const unit = one.unit === 'count' ? '' : one.unit === 'x' ? 'x' : ` ${one.unit}`;
  const { value, least, most, goal } = one;
  const spread = least === undefined || most === undefined ? '' : ` (${digits(least)} to ${digits(most)})`;
  if (goal === undefined) return `${digits(value)}${unit}${spread}`;
  const wish = 'atMost' in goal ? `at most ${digits(goal.atMost)}` : `at least ${digits(goal.atLeast)}`;
  return `${digits(value)}${unit}${spread}, goal ${wish}${unit}${meets(one) ? '' : ': missed'}`;
}
