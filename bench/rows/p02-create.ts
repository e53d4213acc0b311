import { ratio, rotate, timesOf } from '../harness/rotate.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';
import { contenders, surfaceFigures } from './p01-claim-complete.ts';

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const rounds = await rotate(bench, contenders(bench, 'create', 1000, bench.quick ? 100 : 300));
  return [
    { name: 'Andon by the floor', ...ratio(rounds, 'Andon', 'floor'), goal: { atMost: 1.5 } },
    { name: 'Andon by plainjob, which has neither', ...ratio(rounds, 'Andon', 'plainjob') },
    ...timesOf(rounds, 'at 1,000 tasks'),
    ...(await surfaceFigures(bench, 'create')),
  ];
}

export const create: Row = {
  id: 'P2',
  title: 'create, with its event, an idempotency key and two parents',
  goal: 'at most 1.5x the floor',
  measure,
};
