import { asSeconds, asTaskId, defaultBoard } from '../../src/domain/ids.ts';
import { statuses } from '../../src/domain/task.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { granted } from '../contenders/andon.ts';
import { pageSize, type Question, words } from '../contenders/job.ts';
import { nameOf } from '../harness/boards.ts';
import { ratio } from '../harness/rotate.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';
import { spread } from '../harness/stats.ts';
import { bigBoard, copyFor } from './copies.ts';
import { readInTurns } from './reads.ts';

const pageQuestions = statuses.flatMap((status) =>
  [false, true].map((assigned): Question => ({ what: 'page', status, assigned })),
);

/** A built board has nothing in `running`. */
async function fillRunning(path: string): Promise<void> {
  const kernel = createKernel(openSqliteStore({ locate: () => path }));
  const { lock: claim_lock, ttl } = words;
  for (let number = 0; number < pageSize + 10; number += 1) {
    const task_id = asTaskId(nameOf('ready', number));
    const how = { claim_lock, ttl_seconds: asSeconds(ttl), workspace_path: null };
    granted(await kernel.claim(defaultBoard, { task_id, ...how }));
  }
  await kernel.close();
}

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const { path, prepare } = copyFor(bench, 'board', bigBoard);
  await prepare();
  await fillRunning(path);
  const asks: Question[] = [...pageQuestions, { what: 'paint' }];
  const [paint, ...pages] = (
    await readInTurns(bench, { path, asks, count: bench.quick ? 50 : 100 })
  ).toReversed();
  if (paint === undefined) throw new Error('Nothing was asked.');
  const milliseconds = (paint.rounds.get('Andon') ?? []).map((time) => time / 1000);
  return [
    ...pages.toReversed().map(
      ({ question, rounds }): Figure => ({
        name: `${nameOfPage(question)}, by the floor`,
        ...ratio(rounds, 'Andon', 'floor'),
        goal: { atMost: 1.5 },
      }),
    ),
    { name: "first paint's data", ...spread(milliseconds), unit: 'ms', goal: { atMost: 2 } },
    { name: "first paint's data by the floor", ...ratio(paint.rounds, 'Andon', 'floor') },
  ];
}

const nameOfPage = (question: Question): string =>
  question.what === 'page'
    ? `${question.status}${question.assigned ? ' of one profile' : ''}`
    : question.what;

export const pages: Row = {
  id: 'P7',
  title: 'page of 50 cards in any column at 100,000 tasks; first paint of the board',
  goal: 'a page at most 1.5x raw SQL; all columns with counts at most 2 ms',
  measure,
};
