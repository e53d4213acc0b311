import { batchSize, type Job } from '../contenders/job.ts';
import { type Contender, ratio, rotate, timesOf } from '../harness/rotate.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';
import { contender, copyFor } from './copies.ts';

type Name = 'floor' | 'Andon' | 'Andon, one by one';

const batches = 20;
/** A gateway has been at it for long: code that V8 has not compiled yet would be measured with fewer. */
const untimed = 10;

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const shape = { tasks: 10_000, events: 20_000, ready: (batches + untimed) * batchSize, parents: 5 };
  const make = (
    name: Name,
    module: string,
    how: Pick<Job, 'does' | 'count' | 'untimed'>,
  ): Contender<Name> => {
    const { path, prepare } = copyFor(bench, name.replaceAll(/\W/g, ''), shape);
    return { name, module: contender(module), input: { path, ...how } satisfies Job, prepare };
  };
  const batch = { does: 'batch', count: batches, untimed } as const;
  const rounds = await rotate(bench, [
    make('floor', 'floor', batch),
    make('Andon', 'andon', batch),
    make('Andon, one by one', 'andon', { does: 'single', count: 300 }),
  ]);
  // A batch is 50 claims.
  const cheaper = ratio(rounds, 'Andon, one by one', 'Andon');
  const least = (cheaper.least ?? Number.NaN) * batchSize;
  const most = (cheaper.most ?? Number.NaN) * batchSize;
  return [
    { name: 'Andon by the floor', ...ratio(rounds, 'Andon', 'floor'), goal: { atMost: 1.5 } },
    {
      name: 'a single claim by one of the batch',
      value: cheaper.value * batchSize,
      least,
      most,
      unit: 'x',
      goal: { atLeast: 4 },
    },
    ...timesOf(rounds, 'batch of 50, or one claim'),
  ];
}

export const batch: Row = {
  id: 'P3',
  title: 'claim of 50 tasks at once',
  goal: 'at most 1.5x the floor of a batch; at least 4x cheaper for each task than single claims',
  measure,
};
