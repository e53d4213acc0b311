import type { Fault } from './faults.ts';
import type { Outcome } from './runner.ts';

export interface Figures {
  readonly seeds: number;
  readonly failed: readonly number[];
  readonly steps: number;
  readonly tasks: number;
  readonly runs: number;
  readonly messages: number;
  readonly faults: ReadonlyMap<Fault, number>;
}

export function summed(outcomes: readonly Outcome[]): Figures {
  const faults = new Map<Fault, number>();
  for (const outcome of outcomes)
    for (const [fault, count] of outcome.faults) faults.set(fault, (faults.get(fault) ?? 0) + count);
  const sum = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, one) => total + of(one), 0);
  return {
    seeds: outcomes.length,
    failed: outcomes.filter(({ violation }) => violation !== undefined).map(({ seed }) => seed),
    steps: sum(({ steps }) => steps),
    tasks: sum(({ tasks }) => tasks),
    runs: sum(({ runs }) => runs),
    messages: sum(({ messages }) => messages),
    faults,
  };
}

/** What a set of seeds came to, in a few lines. */
export function tellFigures(figures: Figures, milliseconds: number): string {
  const { seeds, failed, steps, tasks, runs, messages, faults } = figures;
  const total = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const kinds = [...faults].sort(([, a], [, b]) => b - a).map(([fault, count]) => `${count} ${fault}`);
  const rate = Math.round((steps / milliseconds) * 1000);
  return [
    `${seeds} seeds, ${failed.length} failed; ${steps} steps at ${rate} a second; ${tasks} tasks, ${runs} runs, ${messages} messages`,
    `${total} faults: ${kinds.join(', ')}`,
  ].join('\n');
}

/** All that is needed to understand a failing seed and to see it again. */
export function tellFailure(
  { seed, steps, hash, violation, tail }: Outcome,
  again: { readonly rule: string | undefined; readonly steps: number | undefined },
): string {
  const more = [
    ...(again.steps === undefined ? [] : [`--steps ${again.steps}`]),
    ...(again.rule === undefined ? [] : [`--break ${again.rule}`]),
  ];
  return [
    `seed ${seed} broke a rule at step ${steps} (trace ${hash}): ${violation?.message}`,
    ...tail.map((line) => `  ${line}`),
    `replay: npm run simulate -- ${[`--seed ${seed}`, ...more].join(' ')}`,
  ].join('\n');
}
