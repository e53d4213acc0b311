import { expect } from 'vitest';
import { defaultBoard, type TaskId } from '../../src/domain/ids.ts';
import type { Store } from '../../src/store/store.ts';
import { dump } from '../support/dump.ts';
import { type GatewayHome, world } from '../support/gateway-home.ts';
import { wrongs } from '../support/invariants.ts';
import { openFile } from '../support/stores.ts';
import { until } from '../support/until.ts';

/** Waits until all these tasks are done: each by one run, and nothing of any run lives on. */
export async function eachDoneOnce(
  home: GatewayHome,
  tasks: readonly TaskId[],
  limit = 60_000,
): Promise<void> {
  for (const task of tasks) await home.reaches(task, 'done', limit);
  for (const task of tasks) {
    const completed = (await home.runs(task)).filter(({ outcome }) => outcome === 'completed');
    expect(completed).toHaveLength(1);
  }
  const runs = home.ledger().map(({ run }) => run);
  expect(runs).toHaveLength(new Set(runs).size);
  await nothingLives(home);
  await isSound(`${home.root}/kanban.db`);
}

/** Waits until no process of any run is left; the board is the file of the home, unless a store is given. */
export async function nothingLives(home: GatewayHome, given?: Store): Promise<void> {
  const store = given ?? openFile(`${home.root}/kanban.db`);
  const { andon_runs: runs } = await dump(store, defaultBoard);
  if (given === undefined) await store.close();
  for (const { run_id, mark } of runs) {
    await until(
      `nothing of run ${run_id} lives`,
      async () => (await world.processes.tree(null, String(mark))).length === 0,
    );
  }
}

/** The rows of the board tell one story, and its file is whole. */
export async function isSound(path: string): Promise<void> {
  const store = openFile(path);
  expect(wrongs(await dump(store, defaultBoard))).toEqual([]);
  expect(await store.health(defaultBoard)).toEqual([]);
  await store.close();
}
