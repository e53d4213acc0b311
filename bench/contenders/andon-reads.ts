import { asProfileName, defaultBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Work } from '../harness/child.ts';
import { granted } from './andon.ts';
import { pageSize, type Question, type ReadJob, timedReads } from './job.ts';

/** Andon's answers through its public kernel. */
export const work: Work<ReadJob, number[]> = async (job) => {
  const kernel = createKernel(openSqliteStore({ locate: () => job.path }));
  const times: number[] = [];
  for (const question of job.asks) times.push(await timedReads(job, askOf(kernel, question)));
  await kernel.close();
  return times;
};

export function askOf(kernel: Kernel, asks: Question): () => Promise<unknown> {
  switch (asks.what) {
    case 'page': {
      const { status, assigned } = asks;
      const input = { status, limit: pageSize, ...(assigned && { assignee: asProfileName('worker') }) };
      return async () => granted(await kernel.cards(defaultBoard, input));
    }
    case 'paint':
      return async () => granted(await kernel.columns(defaultBoard, { limit: pageSize }));
    case 'brief':
      return async () => granted(await kernel.brief(defaultBoard, { task_id: asks.task }));
  }
}
