import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { hermesDispatcher } from '../../src/services/hermes.ts';
import { type GatewayHome, gatewayHome, world } from '../support/gateway-home.ts';
import { temporaryHome } from '../support/temporary-home.ts';
import { until } from '../support/until.ts';
import { stranger } from './peer.ts';

const workers = {
  quick: 'andon complete "$ANDON_TASK"',
  waits: 'wait_for end; andon complete "$ANDON_TASK"',
};

describe('a Hermes gateway that dispatches on a home', () => {
  const found = (files: Readonly<Record<string, string>>) => hermesDispatcher(temporaryHome(files), world);

  it.each([
    ['the number alone', (pid: number) => `${pid}\n`],
    ['a record', (pid: number) => JSON.stringify({ pid, kind: 'hermes-gateway', argv: ['x'] })],
    ['a record of a system without start times', (pid: number) => JSON.stringify({ pid, start_time: null })],
  ])('is known by its pid file: %s', async (_, text) => {
    expect(await found({ 'gateway.pid': text(process.ppid) })).toEqual({ pid: process.ppid });
  });

  it('is the very process that it noted, by its start', async () => {
    const start = Number((await world.processes.identify(process.ppid))?.start);
    const note = (start_time: number) => ({
      'gateway.pid': JSON.stringify({ pid: process.ppid, start_time }),
    });
    expect(await found(note(start))).toEqual({ pid: process.ppid });
    expect(await found(note(start + 1))).toBeUndefined();
  });

  it.each(['', 'x', '{}', '[]', '0', '-1', '{"pid": "7"}', 'null', `${2 ** 22 + 1}`, `${process.pid}`])(
    'is not there with a pid file of %j',
    async (text) => {
      expect(await found({ 'gateway.pid': text })).toBeUndefined();
    },
  );

  it.each([
    ['kanban: {dispatch_in_gateway: false}', false],
    ['kanban: {dispatch_in_gateway: off}', false],
    ['kanban: {dispatch_in_gateway: [', false],
    ['kanban: {dispatch_in_gateway: true}', true],
    ['model: x', true],
    ['kanban:', true],
  ])('with %j in its settings dispatches: %s', async (settings, dispatches) => {
    const files = { 'gateway.pid': String(process.ppid), 'config.yaml': settings };
    expect((await found(files)) !== undefined).toBe(dispatches);
  });

  it('is known by the lock that it holds, and a lock file alone is nobody', async (test) => {
    const home = temporaryHome({ 'kanban/.dispatcher.lock': '' });
    expect(await hermesDispatcher(home, world)).toBeUndefined();
    const holder = stranger(test, join(home.root, 'kanban/.dispatcher.lock'));
    await holder.ready;
    expect(await hermesDispatcher(home, world)).toEqual({ pid: holder.pid });
    await holder.end();
    expect(await hermesDispatcher(home, world)).toBeUndefined();
  });
});

describe.concurrent('beside a Hermes gateway that dispatches', () => {
  const aside = /a Hermes gateway \(pid \d+\) dispatches/g;

  /** Makes Hermes present on a home; gives what ends it. */
  const present = {
    'its pid file': async (test: Pick<TestContext, 'onTestFinished'>, home: GatewayHome) => {
      const gateway = stranger(test);
      await gateway.ready;
      home.write('gateway.pid', JSON.stringify({ pid: gateway.pid }));
      return gateway;
    },
    'its lock': async (test: Pick<TestContext, 'onTestFinished'>, home: GatewayHome) => {
      const lock = join(home.root, 'kanban', '.dispatcher.lock');
      mkdirSync(join(home.root, 'kanban'), { recursive: true });
      writeFileSync(lock, '');
      const gateway = stranger(test, lock);
      await gateway.ready;
      return gateway;
    },
  };

  it.for(Object.entries(present))(
    'known by %s, Andon serves and says so, and dispatches when it is gone',
    async ([, appear], test) => {
      const home = gatewayHome(test, { workers });
      const hermes = await appear(test, home);
      const gateway = await home.gateway();
      const created = await home.run(['create', 'Wait', '--assignee', 'quick']);
      expect(created.code).toBe(0);
      expect(created.err).toContain(`a Hermes gateway (pid ${hermes.pid}) dispatches`);
      const id = /t_\w+/.exec(created.out)?.[0] ?? '';
      expect(await home.json('why', id)).toMatchObject({ code: 'hermes_dispatches' });
      const dispatched = await home.run(['dispatch']);
      expect(dispatched).toMatchObject({ code: 1, out: '' });
      expect(dispatched.err).toContain(`(pid ${hermes.pid}) dispatches`);
      await until('it has said so', () => gateway.said().includes('so nothing is started here'));
      expect(home.ledger()).toEqual([]);

      await hermes.end();
      const task = await until('it is done', async () => {
        const shown = await home.json('show', id);
        return JSON.stringify(shown).includes('"completed"') && shown;
      });
      expect(task).toMatchObject({ task: { status: 'done' } });
      // Said once, however many passes there were.
      expect(gateway.said().match(aside)).toHaveLength(1);
      expect(gateway.said()).toContain('The Hermes gateway is gone');
    },
  );

  it('a worker that ran before is looked after all the same', async (test) => {
    const home = gatewayHome(test, { workers });
    await home.gateway();
    const running = await home.create('waits');
    await until('its worker runs', () => home.starts(running) === 1);
    const hermes = await present['its pid file'](test, home);
    const waiting = await home.create('quick');
    home.write('end');
    await home.reaches(running, 'done');
    await until('its slot is free', async () => (await home.runs(running))[0]?.process?.gone_at != null);
    expect(await home.why(waiting)).toBe('hermes_dispatches');
    await hermes.end();
    await home.reaches(waiting, 'done');
  });
});
