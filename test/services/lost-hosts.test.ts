import { describe, expect, it } from 'vitest';
import { asMillis, homeBoard } from '../../src/domain/ids.ts';
import { hostRole } from '../../src/domain/leading.ts';
import { createLostHosts } from '../../src/services/lost-hosts.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { openBoard, value } from '../support/board.ts';
import { quiet } from '../support/quiet-log.ts';
import { stores } from '../support/stores.ts';

const role = hostRole('away');

function watched(kind: (typeof stores)[number]) {
  const { kernel, clock } = openBoard(kind);
  const hosts = createLostHosts({ ...nodeWorld({ log: quiet }), monotonic: clock.now }, kernel, 300_000);
  const holder = { role, name: 'one', host: 'away', boot: 'b', pid: 1, pid_start: '1', token: 't' };
  return {
    clock,
    hosts,
    renew: async () =>
      value(await kernel.takeLease(homeBoard, { ...holder, ttl: asMillis(60_000), dead_epoch: undefined })),
    release: async () => value(await kernel.releaseLease(homeBoard, { role, token: 't' })),
    /** Looks every half minute for so many seconds; gives after how many it was lost, if it was. */
    lostWithin: async (seconds: number): Promise<number | undefined> => {
      for (let passed = 0; passed <= seconds; passed += 30) {
        if (await hosts.has('away')) return passed;
        clock.advance(30);
      }
      return undefined;
    },
  };
}

describe.each(stores)('another machine, on $name', (kind) => {
  it('that never had a lease is lost after the grace', async () => {
    const { lostWithin } = watched(kind);
    expect(await lostWithin(600)).toBe(300);
  });

  it('is not lost while its lease lives, and not before the grace when it is given back', async () => {
    const { renew, release, hosts, clock, lostWithin } = watched(kind);
    for (let time = 0; time < 40; time += 1) {
      await renew();
      expect(await hosts.has('away')).toBe(false);
      clock.advance(15);
    }
    await release();
    expect(await lostWithin(600)).toBe(300);
  });

  it('whose gateway dies has the time of its lease besides', async () => {
    const { renew, lostWithin } = watched(kind);
    await renew();
    expect(await lostWithin(600)).toBe(360);
  });

  it('that comes back is not lost, and its absence counts anew', async () => {
    const { renew, release, hosts, clock, lostWithin } = watched(kind);
    expect(await lostWithin(270)).toBeUndefined();
    await renew();
    expect(await hosts.has('away')).toBe(false);
    await release();
    clock.advance(2);
    expect(await lostWithin(600)).toBe(300);
  });

  it('is not held for lost by somebody who did not look in between', async () => {
    const { hosts, clock, lostWithin } = watched(kind);
    expect(await hosts.has('away')).toBe(false);
    clock.advance(3600);
    expect(await lostWithin(600)).toBe(300);
  });
});
