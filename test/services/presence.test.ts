import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asMillis } from '../../src/domain/ids.ts';
import {
  announceUrl,
  claimPresence,
  liveGateways,
  type Presence,
  releasePresence,
} from '../../src/services/presence.ts';
import type { World } from '../../src/services/world.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryHome } from '../support/temporary-home.ts';

const world = nodeWorld({ log: quiet });
const wanted = { name: 'default', dispatcher: true, notifier: false };
const dead: Presence = {
  ...wanted,
  pid: world.self.pid,
  start: '1',
  boot: world.self.boot,
  host: world.hostname,
  started_at: asMillis(1),
  url: null,
};
/** The same machine as another of its processes sees it. */
const starter = (start: string, processes: Partial<World['processes']> = {}): World => ({
  ...world,
  self: { ...world.self, start },
  processes: { ...world.processes, ...processes },
});

describe('a presence', () => {
  it('says where its gateway answers, while it is still this gateway’s', async () => {
    const home = temporaryHome();
    const claimed = await claimPresence(home, world, wanted);
    if (!claimed.ok) throw new Error('Nobody else is there.');
    const urls = async () => (await liveGateways(home, world)).map(({ url }) => url);
    expect(await urls()).toEqual([null]);
    await announceUrl(home, world, claimed.presence, 'http://127.0.0.1:1');
    expect(await urls()).toEqual(['http://127.0.0.1:1']);
    await announceUrl(home, world, { ...claimed.presence, start: 'another' }, 'http://127.0.0.1:2');
    expect(await urls()).toEqual(['http://127.0.0.1:1']);
    await announceUrl(home, world, claimed.presence, null);
    expect(await urls()).toEqual([null]);
    await releasePresence(home, world, claimed.presence);
    await announceUrl(home, world, claimed.presence, 'http://127.0.0.1:1');
    expect(await urls()).toEqual([]);
  });

  it('is held by one gateway per name, and others are told by whom', async () => {
    const home = temporaryHome();
    const first = await claimPresence(home, world, wanted);
    expect(first).toMatchObject({ ok: true, presence: { ...wanted, ...world.self, host: world.hostname } });
    expect(await claimPresence(home, world, wanted)).toMatchObject({
      ok: false,
      holder: { pid: process.pid },
    });
    expect(await claimPresence(home, world, { ...wanted, name: 'ops' })).toMatchObject({ ok: true });
    expect((await liveGateways(home, world)).map(({ name }) => name)).toEqual(['default', 'ops']);

    if (first.ok) await releasePresence(home, world, first.presence);
    expect((await liveGateways(home, world)).map(({ name }) => name)).toEqual(['ops']);
  });

  it('of the dead, of an earlier boot, or broken, is taken over', async () => {
    for (const text of [
      JSON.stringify(dead),
      JSON.stringify({ ...dead, boot: 'earlier' }),
      '',
      '{"pid": 1}',
      'null',
    ]) {
      const home = temporaryHome({ 'gateways/default.json': text });
      expect(await liveGateways(home, world)).toEqual([]);
      expect(await claimPresence(home, world, wanted)).toMatchObject({ ok: true });
      expect(readdirSync(join(home.root, 'gateways'))).toEqual(['default.json']);
    }
  });

  it('of another host is not judged from here', async () => {
    const far = { ...dead, boot: 'another', host: 'far' };
    const home = temporaryHome({ 'gateways/default.json': JSON.stringify(far) });
    expect(await claimPresence(home, world, wanted)).toEqual({ ok: false, holder: far });
  });

  it('is released only by its holder', async () => {
    const home = temporaryHome();
    await claimPresence(home, world, wanted);
    await releasePresence(home, world, dead);
    expect(await liveGateways(home, world)).toHaveLength(1);
  });

  it('of a dead one goes to exactly one of many that start at once', async () => {
    for (let round = 0; round < 20; round++) {
      const home = temporaryHome({ 'gateways/default.json': JSON.stringify(dead) });
      // All starters live; the dead one does not.
      const alive = async ({ start }: { start: string }) => start !== dead.start;
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          claimPresence(home, starter(`starter-${index}`, { alive }), wanted),
        ),
      );
      const winners = answers.flatMap((answer) => (answer.ok ? [answer.presence] : []));
      expect(winners).toHaveLength(1);
      for (const answer of answers) if (!answer.ok) expect(answer.holder).toEqual(winners[0]);
      expect(readdirSync(join(home.root, 'gateways'))).toEqual(['default.json']);
    }
  });

  it('is taken over although an earlier taker died in the middle of it', async () => {
    const home = temporaryHome({ 'gateways/default.json': JSON.stringify(dead) });
    const guard = `default.json.after-${dead.pid}-${dead.start}`;
    writeFileSync(join(home.root, 'gateways', guard), JSON.stringify({ ...dead, start: '2' }));
    expect(await claimPresence(home, world, wanted)).toMatchObject({ ok: true });
    expect(readdirSync(join(home.root, 'gateways'))).toEqual(['default.json']);
  });
});
