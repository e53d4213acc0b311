import type { Growth, GrowthJob } from '../contenders/growth.ts';
import { inChild } from '../harness/child.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';
import { spread } from '../harness/stats.ts';
import { bigBoard, contender, copyFor, smallBoard } from './copies.ts';

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const small = copyFor(bench, 'small', smallBoard);
  const big = copyFor(bench, 'big', bigBoard);
  await small.prepare();
  await big.prepare();
  const input: GrowthJob = {
    small: small.path,
    big: big.path,
    rounds: bench.quick ? 3 : 7,
    count: bench.quick ? 5 : 20,
  };
  const growth = await inChild<GrowthJob, Growth>(bench, contender('growth'), input);
  return Object.entries(growth).map(([name, ratios]) => ({
    name: `${name}, beside its cost at 1,000 tasks`,
    ...spread(ratios),
    unit: 'x' as const,
    goal: { atMost: 1.5 },
  }));
}

export const growth: Row = {
  id: 'P6',
  title: 'growth: 100,000 tasks and 1 M events beside 1,000 tasks',
  goal: 'every operation at most 1.5x; no scan and no temporary sort in a hot statement (pinned in test/storage/plans.test.ts)',
  measure,
};
