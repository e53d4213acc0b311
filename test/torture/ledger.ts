import { expect } from 'vitest';
import { defaultBoard } from '../../src/domain/ids.ts';
import type { Store } from '../../src/store/store.ts';
import { dump } from '../support/dump.ts';
import { wrongs } from '../support/invariants.ts';
import type { Member } from './crowd.ts';

/**
 * Holds what a crowd was told against what the board says: all that was acknowledged is there, every completion is
 * acknowledged once and counted once, and the rows tell one story (contract §3.3). Gives how many writes were held.
 */
export async function nothingIsLost(
  store: Store,
  crowd: readonly Pick<Member, 'created' | 'done'>[],
): Promise<number> {
  const all = await dump(store, defaultBoard);
  expect(wrongs(all)).toEqual([]);
  expect(await store.health(defaultBoard)).toEqual([]);
  const status = new Map(all.tasks.map((task) => [task['id'], task['status']]));
  const [created, done] = [crowd.flatMap((one) => one.created), crowd.flatMap((one) => one.done)];
  expect(created.filter((id) => !status.has(id))).toEqual([]);
  expect(done.filter((id) => status.get(id) !== 'done')).toEqual([]);
  expect(done).toHaveLength(new Set(done).size);
  const completions = all.task_events
    .filter(({ kind }) => kind === 'completed')
    .map((event) => event['task_id']);
  expect(completions).toHaveLength(new Set(completions).size);
  return created.length + done.length;
}
