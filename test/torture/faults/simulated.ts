import type { Fault as SimulatedFault } from '../../simulation/faults.ts';
import { summed, tellFailure } from '../../simulation/figures.ts';
import { type Outcome, simulate } from '../../simulation/runner.ts';
import { readSchemas } from '../../simulation/schemas.ts';
import type { Fault } from '../fault.ts';

/** Faults of time and of process ids, which no test may do to a real machine: many seeds of the simulation. */
function simulated(name: string, fault: SimulatedFault, times: Fault['times']): Fault {
  return {
    name,
    store: 'SQLite',
    times,
    async inject(count) {
      const schemas = await readSchemas();
      const outcomes: Outcome[] = [];
      const happened = (): number => summed(outcomes).faults.get(fault) ?? 0;
      for (let seed = 1; happened() < count; seed += 1) {
        const outcome = await simulate(seed, { schemas, broken: { what: 'nothing', often: [fault] } });
        if (outcome.violation) throw new Error(tellFailure(outcome, { rule: undefined, steps: undefined }));
        outcomes.push({ ...outcome, tail: [] });
      }
      const { seeds, steps, tasks, runs } = summed(outcomes);
      return { injected: happened(), note: `${seeds} seeds, ${steps} steps, ${tasks} tasks, ${runs} runs` };
    },
  };
}

export const simulatedFaults: readonly Fault[] = [
  simulated('clock forward and back by hours (simulated)', 'clock jump', { short: 50, long: 1000 }),
  simulated('process id given to a stranger (simulated)', 'process id reused', { short: 10, long: 200 }),
  simulated('reboot (simulated)', 'reboot', { short: 3, long: 50 }),
];
