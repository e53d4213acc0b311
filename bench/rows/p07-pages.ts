import { type Status, statuses } from '../../src/domain/task.ts';
import type { ReadJob } from '../contenders/job.ts';
import { type Contender, type Rounds, ratio, rotate } from '../harness/rotate.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';
import { spread } from '../harness/stats.ts';
import { bigBoard, contender, copyFor } from './copies.ts';

/** What reads, by the floor and by Andon. */
export const readers = (input: ReadJob): Contender<'floor' | 'Andon'>[] => [
  { name: 'floor', module: contender('floor-reads'), input },
  { name: 'Andon', module: contender('andon-reads'), input },
];

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const { path, prepare } = copyFor(bench, 'board', bigBoard);
  await prepare();
  const count = bench.quick ? 50 : 200;
  const figures: Figure[] = [];
  for (const status of statuses) {
    for (const assigned of [false, true]) {
      const rounds = await rotate(bench, readers({ path, asks: { what: 'page', status, assigned }, count }));
      figures.push(pageFigure(rounds, status, assigned));
    }
  }
  const paint = await rotate(bench, readers({ path, asks: { what: 'paint' }, count }));
  const milliseconds = (paint.get('Andon') ?? []).map((time) => time / 1000);
  return [
    ...figures,
    { name: "first paint's data", ...spread(milliseconds), unit: 'ms', goal: { atMost: 2 } },
    { name: "first paint's data by the floor", ...ratio(paint, 'Andon', 'floor') },
  ];
}

const pageFigure = (rounds: Rounds<'floor' | 'Andon'>, status: Status, assigned: boolean): Figure => ({
  name: `${status}${assigned ? ' of one profile' : ''}, by the floor`,
  ...ratio(rounds, 'Andon', 'floor'),
  goal: { atMost: 1.5 },
});

export const pages: Row = {
  id: 'P7',
  title: 'page of 50 cards in any column at 100,000 tasks; first paint of the board',
  goal: 'a page at most 1.5x raw SQL; all columns with counts at most 2 ms',
  measure,
};
