import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { homeBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { createElector } from '../../src/services/elector.ts';
import { createTenure, leaseTtl } from '../../src/services/tenure.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { value } from '../support/board.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { virtualTime } from '../support/virtual-time.ts';

/** A gateway that stands by while another holds the role, whose process lives; the clock is the test's. */
async function standingBy() {
  const path = join(temporaryFolder(), 'andon.db');
  const world = virtualTime(nodeWorld({ log: quiet }));
  const open = () => {
    const kernel = createKernel(openSqliteStore({ locate: () => path, now: world.now }));
    onTestFinished(() => kernel.close());
    return kernel;
  };
  const [ours, theirs] = [open(), open()];
  const { pid, start: pid_start, boot } = world.self;
  const process = { host: world.hostname, boot, pid, pid_start };
  const theirLease = { role: 'dispatcher', name: 'one', token: 'theirs' } as const;
  const taken = { ...theirLease, ...process, ttl: leaseTtl, dead_epoch: undefined };
  value(await theirs.takeLease(homeBoard, taken));
  const options = { role: 'dispatcher', name: 'two', tenure: createTenure(world, ours) } as const;
  const elector = createElector(world, ours, { ...options, onChange: () => {} });
  onTestFinished(() => elector.stop());
  await elector.start();
  return {
    elector,
    pass: (seconds: number) => world.pass(seconds * 1000, 5000),
    renew: async () => value(await theirs.renewLeases(homeBoard, { token: 'theirs', ttl: leaseTtl })),
    release: async () => value(await theirs.releaseLease(homeBoard, theirLease)),
  };
}

it('a role whose holder lets its lease run out is taken over, though nobody tells of it', async () => {
  const { elector, pass } = await standingBy();
  await pass(58);
  expect(elector.epoch()).toBeUndefined();
  expect(elector.holder()).toMatchObject({ name: 'one', epoch: 1 });
  await pass(4);
  expect(elector.epoch()).toBe(2);
  expect(elector.holder()).toBeUndefined();
});

it('a role whose holder renews its lease stays with it, though nobody tells of that either', async () => {
  const { elector, pass, renew } = await standingBy();
  for (let time = 0; time < 10; time += 1) {
    await pass(15);
    await renew();
    expect(elector.epoch()).toBeUndefined();
  }
  expect(elector.holder()).toMatchObject({ name: 'one', epoch: 1 });
});

it('a role that is given back is taken over before the next look', async () => {
  const { elector, release } = await standingBy();
  await release();
  await until('it leads', () => elector.epoch() === 2);
});
