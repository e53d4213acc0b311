import { parseArgs } from 'node:util';
import { breaks, type Rule } from '../test/simulation/breaks.ts';
import { summed, tellFailure, tellFigures } from '../test/simulation/figures.ts';
import { type Outcome, simulate } from '../test/simulation/runner.ts';
import { readSchemas } from '../test/simulation/schemas.ts';

/**
 * Runs the deterministic simulation over many seeds, or replays one.
 *
 *   npm run simulate -- [--seeds N] [--seed S] [--steps M] [--break RULE] [--tail L]
 *
 * `--seed` begins there, and without `--seeds` runs that one alone; `--steps` says for how many steps faults go on;
 * `--break` leaves out a rule on purpose; `--tail` tells more of the last steps. Ends with 1 when a seed fails.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    steps: { type: 'string' },
    tail: { type: 'string' },
    break: { type: 'string' },
  },
});

const isRule = (name: string): name is Rule => Object.hasOwn(breaks, name);

function whole(name: 'seeds' | 'seed' | 'steps' | 'tail'): number | undefined {
  const text = values[name];
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new Error(`--${name} takes a whole number, not "${text}".`);
}

function brokenRule(): Rule | undefined {
  const name = values.break;
  if (name === undefined || isRule(name)) return name;
  throw new Error(`--break takes one of ${Object.keys(breaks).join(', ')}, not "${name}".`);
}

async function main(): Promise<boolean> {
  const rule = brokenRule();
  const steps = whole('steps');
  const first = whole('seed') ?? 1;
  const amount = whole('seeds') ?? (values.seed === undefined ? 200 : 1);
  const asked = { schemas: await readSchemas(), steps, tail: whole('tail'), broken: rule && breaks[rule] };
  const begun = performance.now();
  const outcomes: Outcome[] = [];
  for (let seed = first; seed < first + amount; seed++) {
    const outcome = await simulate(seed, asked);
    if (outcome.violation) console.log(tellFailure(outcome, { rule, steps }));
    outcomes.push({ ...outcome, tail: [] });
  }
  console.log(tellFigures(summed(outcomes), performance.now() - begun));
  return outcomes.every(({ violation }) => violation === undefined);
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
