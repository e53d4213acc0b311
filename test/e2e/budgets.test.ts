import { expect, it } from 'vitest';
import { defaultBoard, type TaskId } from '../../src/domain/ids.ts';
import { type GatewayHome, gatewayHome, kindsOf, world } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

/** A real gateway and real workers; what a worker's agent has cost is told for it, as no agent runs here. */

const costs = async ({ kernel, runs }: GatewayHome, task: TaskId, cost_micros: number) => {
  const process = await until('the run has a process', async () => {
    const last = (await runs(task)).at(-1)?.process;
    return last?.pid ? last : undefined;
  });
  const tokens = { input_tokens: 100, output_tokens: 10, cache_read_tokens: 0, cache_write_tokens: 0 };
  const usage = { model: 'one', ...tokens, reasoning_tokens: 0, cost_micros, source: 'agent' } as const;
  const told = await kernel.recordUsage(defaultBoard, {
    task_id: task,
    run_id: process.run_id,
    proof: process.token_hash ?? undefined,
    usages: [usage],
  });
  expect(told.ok).toBe(true);
  return process;
};

it('a run that passes its budget is warned of, ended and parked, and nothing of its profile starts', async ({
  onTestFinished,
}) => {
  const settings = { budgets: [{ scope: 'profile', name: 'dear', money: 1 }] };
  const workers = { dear: 'wait_for end', cheap: 'andon complete "$ANDON_TASK" --summary done' };
  const home = gatewayHome({ onTestFinished }, { settings, workers });
  await home.gateway();
  const task = await home.create('dear');
  await home.reaches(task, 'running');

  await costs(home, task, 900_000);
  await until('it is warned of', async () => kindsOf(await home.show(task)).includes('budget_warning'));
  expect((await home.show(task)).task.status).toBe('running');

  const { pid } = await costs(home, task, 1_100_000);
  const { events } = await home.reaches(task, 'blocked');
  const told = events.filter(({ kind }) => kind.startsWith('budget_'));
  expect(told.map(({ kind }) => kind)).toEqual(['budget_warning', 'budget_exceeded']);
  const sentence = 'The budget of the profile dear is used up: $1.10 of $1.00.';
  expect(told.at(-1)?.payload).toMatchObject({ scope: 'profile', subject: 'dear', sentence });
  expect(events.at(-1)).toMatchObject({
    kind: 'blocked',
    payload: { reason: `Stopped by budget: ${sentence}` },
  });
  expect(await world.processes.identify(pid ?? 0)).toBeUndefined();

  const next = await home.create('dear');
  await home.andon('unblock', task);
  await home.reaches(await home.create('cheap'), 'done');
  for (const kept of [task, next]) {
    expect(await home.json('why', kept)).toMatchObject({ code: 'over_budget', sentence });
  }
  expect([home.starts(task), home.starts(next)]).toEqual([1, 0]);
  const dry = await home.andon('dispatch', '--dry-run');
  expect(dry).toContain(sentence);
});
