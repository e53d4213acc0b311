import { PgBoss } from 'pg-boss';
import type { Work } from '../harness/child.ts';
import type { Pairs } from './postgres-floor.ts';

/** Fetches and completes jobs of pg-boss; gives microseconds for each pair. */
export const work: Work<Pairs, number> = async ({ url, warm, pairs }) => {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue('pair');
  await boss.insert(
    'pair',
    Array.from({ length: warm + pairs }, (_, number) => ({ data: { number } })),
  );
  const pair = async (): Promise<void> => {
    const [job] = await boss.fetch('pair');
    if (job === undefined) throw new Error('There was no job to fetch.');
    await boss.complete('pair', job.id, { summary: 'It is done.' });
  };
  for (let number = 0; number < warm; number += 1) await pair();
  const begun = performance.now();
  for (let number = 0; number < pairs; number += 1) await pair();
  const took = performance.now() - begun;
  await boss.stop({ graceful: false });
  return (took * 1000) / pairs;
};
