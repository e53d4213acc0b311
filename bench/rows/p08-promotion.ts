import type { Job } from '../contenders/job.ts';
import { warmUp } from '../contenders/job.ts';
import type { Asked } from '../contenders/statements.ts';
import { inChild } from '../harness/child.ts';
import { type Contender, ratio, rotate, timesOf } from '../harness/rotate.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';
import { bigBoard, contender, copyFor, smallBoard } from './copies.ts';

type Name = 'floor' | 'Andon';

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const count = bench.quick ? 50 : 300;
  const contenders: Contender<Name>[] = [];
  for (const name of ['floor', 'Andon'] as const) {
    const { path, prepare } = copyFor(bench, name, bigBoard);
    await prepare();
    let from = 0;
    contenders.push({
      name,
      module: contender(name.toLowerCase()),
      // The chain goes on in each round; the file is too big to be copied for each.
      get input(): Job {
        const input: Job = { path, does: 'promotion', count, from };
        from += warmUp + count;
        return input;
      },
    });
  }
  const rounds = await rotate(bench, contenders);
  const asked = async (shape: typeof bigBoard | typeof smallBoard): Promise<Asked> => {
    const { path, prepare } = copyFor(bench, 'counted', shape);
    await prepare();
    return inChild<Job, Asked>(bench, contender('statements'), { path, does: 'promotion', count: 10 });
  };
  const [small, big] = [await asked(smallBoard), await asked(bigBoard)];
  return [
    { name: 'Andon by the floor', ...ratio(rounds, 'Andon', 'floor'), goal: { atMost: 1.5 } },
    {
      name: 'rows read and written per completion, at 100,000 tasks beside at 1,000',
      value: (big.read + big.written) / (small.read + small.written),
      unit: 'x',
      goal: { atMost: 1 },
    },
    { name: 'statements per completion', value: big.statements, unit: 'count' },
    { name: 'rows read per completion', value: big.read, unit: 'count' },
    { name: 'rows written per completion', value: big.written, unit: 'count' },
    ...timesOf(rounds, 'completion whose child becomes ready'),
  ];
}

export const promotion: Row = {
  id: 'P8',
  title: 'promotion after a completion, 100,000 tasks with 5 parents each',
  goal: 'at most 1.5x the floor, touches only the children',
  measure,
};
