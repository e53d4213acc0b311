import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { TaskId } from '../../../src/domain/ids.ts';
import { openPostgres } from '../../support/postgres-board.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { member } from '../crowd.ts';
import type { Fault } from '../fault.ts';
import { nothingIsLost } from '../ledger.ts';
import { loopOf, mostDelay, watchesLoop } from '../loop.ts';
import { anyOf } from '../random.ts';
import { nothingLives } from '../work.ts';

/** What a writer may be told when its server dies; anything else is a fault of ours. */
const expected = /does not answer|is starting or stopping|nothing was written|whether it was kept is unknown/;
/** A line a minute for each service that meets the fault, and what happens once. */
const mostLines = (minutes: number): number => 12 + 12 * Math.ceil(minutes);

/** Asks again until its answer has arrived, as an agent does; an answer that had arrived unheard is seen on the board. */
const patient =
  'until andon complete "$ANDON_TASK"; do andon show "$ANDON_TASK" | grep -q done && exit 0; sleep 0.3; done';

/** The whole server, not one connection: all processes of it vanish at once, in the midst of commits. */
export const killServer: Fault = {
  name: 'kill -9 of the PostgreSQL server under a gateway and writers',
  store: 'PostgreSQL',
  times: { short: 1, long: 10 },
  async inject(count, scene) {
    const server = await startPostgres();
    onTestFinished(() => server.end());
    const home = scene.home({ store: server.url, env: watchesLoop, workers: { patient } });
    const gateway = await home.gateway();
    const ask = loopOf(home, gateway.pid);
    const crowd = [1, 2].map(() => member(server.url, 'both', 600_000));
    await Promise.all(crowd.map(({ busy }) => busy));
    const tasks: TaskId[] = [];
    const begun = performance.now();
    let slowest = 0;
    await ask();
    for (let time = 0; time < count; time += 1) {
      tasks.push(await home.create('patient'), await home.create('patient'));
      await pause(anyOf(0, 400));
      await server.order('kill');
      expect((await home.run(['create', 'Never'])).err).toMatch(/^andon: .*does not answer.*\n$/);
      expect((await home.run(['gateway', 'status'])).out).toContain(String(gateway.pid));
      await pause(anyOf(0, 2000));
      await server.order('start');
      const back = performance.now();
      for (const task of tasks) await home.reaches(task, 'done', 30_000);
      slowest = Math.max(slowest, performance.now() - back);
    }
    const { p99, max } = await ask();
    for (const one of crowd) one.kill();
    await Promise.all(crowd.map(({ ended }) => ended));

    const strange = crowd.flatMap(({ faults }) => faults).filter((fault) => !expected.test(fault));
    if (strange.length > 0) throw new Error(`${strange.length} faults: ${strange[0]}`);
    const store = openPostgres(server.url);
    const held = await nothingIsLost(store, crowd);
    await nothingLives(home, store);
    for (const task of tasks) {
      expect((await home.runs(task)).filter(({ outcome }) => outcome === 'completed')).toHaveLength(1);
    }
    expect(home.read('gateways/default.json')).toContain(`"pid": ${gateway.pid},`);
    const lines = gateway
      .said()
      .split('\n')
      .filter((line) => /error|warn/i.test(line)).length;
    const note = `${held} acknowledged writes, each there once; ${tasks.length} tasks done, at most ${Math.round(slowest)} ms after it was back; event loop p99 ${p99} ms, max ${max} ms; ${lines} lines of warnings and errors`;
    if (p99 >= mostDelay(count > 1)) throw new Error(note);
    if (lines > mostLines((performance.now() - begun) / 60_000))
      throw new Error(`${note}\n${gateway.said()}`);
    return { injected: count, note };
  },
};
