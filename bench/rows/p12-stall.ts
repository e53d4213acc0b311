import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { inChild, type Work } from '../harness/child.ts';
import { type Probed, withGateway } from '../harness/probed-gateway.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';

interface Foreign {
  readonly path: string;
  readonly act: 'hold' | 'checkpoint';
}

/** Another program on the same file, with none of our code: holds the lock for 1.5 s, or writes the WAL back. */
export const work: Work<Foreign, null> = async ({ path, act }) => {
  const database = new DatabaseSync(path);
  database.exec('pragma busy_timeout = 5000');
  if (act === 'checkpoint') database.exec('pragma wal_checkpoint(truncate)');
  else {
    database.exec('begin immediate');
    await pause(1500);
    database.exec('rollback');
  }
  database.close();
  return null;
};

/** People look at the board and write to it all the time until `signal`. */
async function traffic({ url, token }: Probed, signal: AbortSignal): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const board = `${url}/api/v1/boards/default`;
  for (let round = 0; !signal.aborted; round += 1) {
    const body = JSON.stringify({ title: `Meanwhile ${round}` });
    const asked = round % 4 === 0 ? { method: 'POST', body } : {};
    const answer = await fetch(round % 4 === 0 ? `${board}/tasks` : `${board}/columns`, {
      headers,
      ...asked,
    });
    await answer.arrayBuffer();
    await pause(20, undefined, { signal }).catch(() => {});
  }
}

/** The longest that the loop came late while `act` went on and people used the board. */
async function during(probed: Probed, act: () => Promise<unknown>): Promise<number> {
  await probed.look();
  const over = new AbortController();
  const people = traffic(probed, over.signal);
  await act();
  over.abort();
  await people;
  return (await probed.look()).late;
}

/** P12: the main loop of a gateway must not wait for storage, which has a thread of its own. */
export const stall: Row = {
  id: 'P12',
  title: 'longest event-loop stall from storage',
  goal: '≤ 15 ms while a foreign process holds the lock 1.5 s, during backup, checkpoint, prune of 100,000 rows',
  measure: (bench) => {
    const events = bench.quick ? 20_000 : 100_000;
    const shape = { tasks: events / 10, events, ready: 0, parents: 0 };
    let path = '';
    const prepare = (given: string): Promise<void> => {
      path = given;
      return bench.boards.copyTo(given, shape);
    };
    return withGateway(bench, { settings: { dispatch_in_gateway: true } }, prepare, (probed) =>
      measure(bench, probed, path),
    );
  },
};

async function measure(bench: Bench, probed: Probed, path: string): Promise<readonly Figure[]> {
  const { home } = probed;
  const acts: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      'a foreign process holds the lock for 1.5 s',
      () => inChild(bench, import.meta.filename, { path, act: 'hold' }),
    ],
    ['backup', () => home.andon('backup')],
    ['prune', () => home.andon('gc')],
    ['checkpoint', () => inChild(bench, import.meta.filename, { path, act: 'checkpoint' })],
  ];
  // The first requests compile what answers them; that is no storage.
  await during(probed, () => pause(bench.quick ? 1000 : 3000));
  const usual = await during(probed, () => pause(1500));
  const figures: Figure[] = [];
  for (const [name, act] of acts) {
    figures.push({
      name: `Longest while: ${name}`,
      value: await during(probed, act),
      unit: 'ms',
      goal: { atMost: 15 },
    });
  }
  await probed.look('busy');
  await pause(300);
  const { late } = await probed.look();
  if (late < 30) throw new Error(`A busy wait of 50 ms was seen as ${late} ms, so the figures say nothing.`);
  return [
    ...figures,
    { name: 'Longest while nothing else goes on', value: usual, unit: 'ms' },
    { name: 'Control: a busy wait of 50 ms is seen as', value: late, unit: 'ms' },
  ];
}
