import { spawn } from 'node:child_process';
import { lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import { type GatewayHome, gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

/** The named pipe of a home (contract §13.2), read by a program that knows nothing of Andon. */

const patience = 20_000;
const pathOf = (home: GatewayHome): string => join(home.root, 'tui_kanban.fifo');
const isPipe = (home: GatewayHome): boolean =>
  lstatSync(pathOf(home), { throwIfNoEntry: false })?.isFIFO() ?? false;

/** Reads the pipe as `cat` does, until it is told to leave. */
function reader({ onTestFinished }: Pick<TestContext, 'onTestFinished'>, home: GatewayHome) {
  const child = spawn('cat', [pathOf(home)], { stdio: ['ignore', 'pipe', 'inherit'], env: home.env });
  let text = '';
  let ended = false;
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  child.on('exit', () => (ended = true));
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = (): Record<string, unknown>[] =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return {
    lines,
    /** The pipe is being read once a line arrives; until then what happens is told to nobody. */
    meets: async (happen: () => Promise<string>): Promise<string> =>
      until(
        'a line arrives',
        async () => {
          const id = await happen();
          await until('it is told, or nobody reads yet', () => lines().length > 0, 500).catch(() => {});
          return lines().some(({ task_id }) => task_id === id) && id;
        },
        patience,
      ),
    leave: async () => {
      child.kill('SIGKILL');
      await until('the reader has left', () => ended);
    },
  };
}

it.concurrent('tells who reads of what happens, whoever did it, and holds up nobody when nobody reads', async (test) => {
  const home = gatewayHome(test);
  const finished = async (): Promise<string> => {
    const id = await home.create('nobody');
    await home.andon('complete', id, '--summary', 'all done');
    return id;
  };
  const gateway = await home.gateway();
  await until('the pipe is there', () => isPipe(home), patience);
  expect(lstatSync(pathOf(home)).mode & 0o777).toBe(0o600);
  await finished();
  expect(await home.andon('gateway', 'status')).toContain(String(gateway.pid));

  const first = reader(test, home);
  const done = await first.meets(finished);
  const blocked = await home.create('nobody');
  await home.andon('block', blocked, 'Left or right?');
  await until('the block is told', () => first.lines().some(({ kind }) => kind === 'blocked'), patience);
  const told = first.lines();
  expect(told.at(-1)).toEqual({
    ...{ task_id: blocked, kind: 'blocked', board: 'default', event_id: expect.any(Number) },
    text: `[IMPORTANT: Kanban task ${blocked} blocked: Left or right?]`,
    payload: expect.objectContaining({ reason: 'Left or right?' }),
  });
  expect(told.filter(({ task_id }) => task_id === done)).toMatchObject([
    { kind: 'completed', text: `[IMPORTANT: Kanban task ${done} done: all done]` },
  ]);
  expect(new Set(told.map(({ kind }) => kind))).toEqual(new Set(['completed', 'blocked']));

  await first.leave();
  await finished();
  const second = reader(test, home);
  await second.meets(finished);
  expect(gateway.said()).not.toContain('could not be');
});

it.concurrent('uses what a killed gateway left, goes when it stops, and touches nothing else', async (test) => {
  const home = gatewayHome(test);
  const killed = await home.gateway();
  await until('the pipe is there', () => isPipe(home), patience);
  const { ino } = lstatSync(pathOf(home));
  await killed.crash();
  const next = await home.gateway();
  const { meets } = reader(test, home);
  await meets(async () => {
    const id = await home.create('nobody');
    await home.andon('block', id, 'Why?');
    return id;
  });
  expect(lstatSync(pathOf(home)).ino).toBe(ino);
  await next.stop();
  expect(lstatSync(pathOf(home), { throwIfNoEntry: false })).toBeUndefined();

  writeFileSync(pathOf(home), 'mine');
  const wary = await home.gateway();
  await until('it is told', () => wary.said().includes('There is something else'), patience);
  await wary.stop();
  expect(home.read('tui_kanban.fifo')).toBe('mine');
});
