import { asProfileName, asSeconds, defaultBoard, type TaskId } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres.ts';
import type { Work } from '../harness/child.ts';
import type { Pairs } from './postgres-floor.ts';

/** Claims and completes through the public kernel; gives microseconds for each pair. */
export const work: Work<Pairs, number> = async ({ url, warm, pairs }) => {
  const kernel = createKernel(openPostgresStore({ url }));
  const ids: TaskId[] = [];
  for (let number = 0; number < warm + pairs; number += 1) {
    const made = await kernel.create(defaultBoard, {
      title: `Task ${number}`,
      assignee: asProfileName('worker'),
    });
    if (!made.ok) throw new Error(made.refusal.sentence);
    ids.push(made.value.task.id);
  }
  const pair = async (task_id: TaskId): Promise<void> => {
    const claimed = await kernel.claim(defaultBoard, {
      task_id,
      claim_lock: 'bench:1',
      ttl_seconds: asSeconds(900),
      workspace_path: null,
    });
    if (!claimed.ok) throw new Error(claimed.refusal.sentence);
    const { run_id } = claimed.value;
    const done = await kernel.complete(defaultBoard, { task_id, run_id, summary: 'It is done.' });
    if (!done.ok) throw new Error(done.refusal.sentence);
  };
  for (const id of ids.slice(0, warm)) await pair(id);
  const begun = performance.now();
  for (const id of ids.slice(warm)) await pair(id);
  const took = performance.now() - begun;
  await kernel.close();
  return (took * 1000) / pairs;
};
