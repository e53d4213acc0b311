import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

/** What a home's gateways need in their environment, so that they tell how late their event loop comes. */
export const watchesLoop = { NODE_OPTIONS: `--import ${join(import.meta.dirname, 'loop-delay.ts')}` };

/**
 * What the 99th percentile of an event loop's delay must stay below, in milliseconds: 50 on cores of its own; beside other tests (the
 * short form) it waits for them too (50 ms at a load of 12), and one that waited for a lock would still show: that is seconds.
 */
export const mostDelay = (isLong: boolean): number => (isLong ? 50 : 250);

/** In milliseconds. */
export interface Delay {
  readonly p99: number;
  readonly max: number;
}

/** Asks the gateway how late its event loop came since it was last asked. */
export const loopOf = (home: GatewayHome, pid: number) => async (): Promise<Delay> => {
  const told = `loop-${pid}.json`;
  rmSync(join(home.root, told), { force: true });
  process.kill(pid, 'SIGUSR2');
  return JSON.parse(await until('the gateway tells', () => home.read(told).endsWith('}') && home.read(told)));
};
