import { asProfileName, asTaskId, defaultBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { granted } from '../contenders/andon.ts';
import { nameOf } from '../harness/boards.ts';
import { ratio } from '../harness/rotate.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';
import { spread } from '../harness/stats.ts';
import { bigBoard, copyFor } from './copies.ts';
import { readInTurns } from './reads.ts';

const parents = 50;

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const { path, prepare } = copyFor(bench, 'board', bigBoard);
  await prepare();
  const kernel = createKernel(openSqliteStore({ locate: () => path }));
  const { task } = granted(
    await kernel.create(defaultBoard, {
      title: 'Bring together what fifty others have found',
      assignee: asProfileName('worker'),
      parents: Array.from({ length: parents }, (_, number) => asTaskId(nameOf('done', number * 1000))),
    }),
  );
  await kernel.close();
  const [asked] = await readInTurns(bench, {
    path,
    asks: [{ what: 'brief', task: task.id }],
    count: bench.quick ? 50 : 300,
  });
  if (asked === undefined) throw new Error('Nothing was asked.');
  const { rounds } = asked;
  const milliseconds = (rounds.get('Andon') ?? []).map((time) => time / 1000);
  return [
    { name: 'brief', ...spread(milliseconds), unit: 'ms', goal: { atMost: 1 } },
    { name: 'brief by the rows alone', ...ratio(rounds, 'Andon', 'floor') },
  ];
}

export const brief: Row = {
  id: 'P9',
  title: 'worker brief with 50 parents, at 100,000 tasks',
  goal: 'at most 1 ms',
  measure,
};
