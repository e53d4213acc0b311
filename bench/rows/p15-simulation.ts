import { simulate } from '../../test/simulation/runner.ts';
import { readSchemas } from '../../test/simulation/schemas.ts';
import { inChild, type Work } from '../harness/child.ts';
import type { Figure, Row } from '../harness/row.ts';

interface Counted {
  readonly seeds: number;
  readonly steps: number;
  readonly calls: number;
  readonly seconds: number;
  /** Of a processor: other programs may have taken the rest. */
  readonly busy: number;
}

/** Seeds one after the other for so many milliseconds, after one that warms up. */
export const work: Work<number, Counted> = async (time) => {
  const schemas = await readSchemas();
  await simulate(1, { schemas });
  const counted = { seeds: 0, steps: 0, calls: 0 };
  const [begun, used] = [performance.now(), process.cpuUsage()];
  while (performance.now() < begun + time) {
    counted.seeds += 1;
    const { steps, calls, violation } = await simulate(1 + counted.seeds, { schemas });
    if (violation) throw new Error(`Seed ${1 + counted.seeds} failed: ${violation.rule}.`);
    counted.steps += steps;
    counted.calls += calls;
  }
  const { user, system } = process.cpuUsage(used);
  return { ...counted, seconds: (performance.now() - begun) / 1000, busy: (user + system) / 1e6 };
};

/** P15: how much a simulated day costs, in one process. */
export const simulation: Row = {
  id: 'P15',
  title: 'simulation',
  goal: '≥ 10,000 kernel operations per second per core',
  measure: async (bench): Promise<readonly Figure[]> => {
    const { seeds, steps, calls, seconds, busy } = await inChild<number, Counted>(
      bench,
      import.meta.filename,
      bench.quick ? 2000 : 20_000,
    );
    return [
      {
        name: 'Kernel operations in a second of a processor',
        value: calls / busy,
        unit: '/s',
        goal: { atLeast: 10_000 },
      },
      { name: 'Kernel operations in a second', value: calls / seconds, unit: '/s' },
      { name: 'Steps of the scheduler in a second', value: steps / seconds, unit: '/s' },
      { name: 'Seeds', value: seeds, unit: 'count' },
    ];
  },
};
