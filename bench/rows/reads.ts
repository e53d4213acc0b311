import type { Question, ReadJob } from '../contenders/job.ts';
import { type Rounds, turns } from '../harness/rotate.ts';
import type { Bench } from '../harness/row.ts';
import { contender } from './copies.ts';

export interface Asked {
  readonly question: Question;
  readonly rounds: Rounds<'floor' | 'Andon'>;
}

/** Lets the floor and Andon answer the same questions, all of them in one process in each round. */
export async function readInTurns(bench: Bench, input: ReadJob): Promise<readonly Asked[]> {
  const answers = await turns<'floor' | 'Andon', readonly number[]>(bench, [
    { name: 'floor', module: contender('floor-reads'), input },
    { name: 'Andon', module: contender('andon-reads'), input },
  ]);
  return input.asks.map((question, index) => ({
    question,
    rounds: new Map([...answers].map(([name, times]) => [name, times.map((of) => of[index] ?? Number.NaN)])),
  }));
}
