import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type GatewayHome, gatewayHome, world } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

/** Whoever runs these tests, and, when that is root, somebody without any rights of his own. */
const people: readonly (readonly [string, number | undefined])[] =
  process.getuid?.() === 0
    ? [
        ['root', undefined],
        ['a user without rights', 65_534],
      ]
    : [['this user', undefined]];

/** Each process leaves its id; the names tell how they try to get away. */
const runaways = `
  stay='echo $$ >>'"$ANDON_HOME"'/pids; exec sleep 300'
  sh -c "$stay" &
  setsid sh -c "$stay" &
  (setsid sh -c "sh -c '$stay' & $stay" &)
  (env -i /usr/bin/setsid /bin/sh -c "$stay" &)
  until [ "$(wc -l <"$ANDON_HOME/pids")" -ge 5 ]; do sleep 0.02; done`;

const pidsIn = (home: GatewayHome): number[] => home.read('pids').trim().split('\n').map(Number);

async function whoLives(pids: readonly number[]): Promise<number[]> {
  const found = await Promise.all(pids.map((pid) => world.processes.identify(pid)));
  return found.flatMap((identity) => (identity ? [identity.pid] : []));
}

describe.concurrent.each(people)('what a worker of %s leaves behind', (_, uid) => {
  it.for([
    ['ends by itself', 'exit 7', []],
    ['hangs past its limit', 'sleep 300', ['--max-runtime', '1']],
  ] as const)('dies with it when it %s', async ([, end, limit], { onTestFinished }) => {
    const home = gatewayHome(
      { onTestFinished },
      {
        settings: { failure_limit: 1 },
        workers: { breeds: `: >"$ANDON_HOME/pids"; ${runaways}\n${end}` },
        ...(uid !== undefined && { uid }),
      },
    );
    await home.gateway();
    const task = await home.create('breeds', ...limit);
    await until('all of them live', () => pidsIn(home).length === 5);
    const { runs } = await home.reaches(task, 'blocked');
    expect(await whoLives(pidsIn(home))).toEqual([]);
    const { dir = '' } = runs[0]?.process ?? {};
    // Where a run had a cgroup of its own, that is gone too.
    const cgroup = existsSync(`${dir}/cgroup`) ? readFileSync(`${dir}/cgroup`, 'utf8').trim() : undefined;
    if (uid !== undefined) expect(cgroup).toBeUndefined();
    if (cgroup !== undefined) expect(existsSync(cgroup)).toBe(false);
  });
});

describe.concurrent('a gateway that a worker starts', () => {
  it('lives on when the worker’s run has ended', async ({ onTestFinished }) => {
    const workers = { starts: 'andon gateway start --name second && exit 7' };
    const home = gatewayHome({ onTestFinished }, { settings: { failure_limit: 1 }, workers });
    await home.gateway();
    const task = await home.create('starts');
    await home.reaches(task, 'blocked');
    const { pid } = JSON.parse(home.read('gateways/second.json'));
    expect(await whoLives([pid])).toEqual([pid]);
    expect(await home.andon('gateway', 'stop', '--name', 'second')).toContain(String(pid));
  });
});
