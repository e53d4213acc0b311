import { once } from 'node:events';
import { get } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultBoard } from '../../src/domain/ids.ts';
import { inChild, type Work } from '../harness/child.ts';
import { type Probed, withGateway } from '../harness/probed-gateway.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';

interface Growth {
  readonly path: string;
  readonly from: number;
  readonly tasks: number;
  readonly events: number;
}

/** Events in one transaction, and the pause after it: a client that misses more than 5,000 is told to look again instead. */
const atOnce = 2000;
const between = 15;

/** Another program that lets a board grow, with none of our code, as fast as it can while others follow it. */
export const work: Work<Growth, null> = async ({ path, from, tasks, events }) => {
  const database = new DatabaseSync(path);
  database.exec('pragma busy_timeout = 20000; pragma synchronous = off');
  const task = database.prepare(
    `insert into tasks (id, title, status, priority, created_by, created_at, workspace_kind)
     values (?, 'Grown', 'done', 0, 'bench', 1750000000, 'scratch')`,
  );
  const event = database.prepare(
    `insert into task_events (task_id, kind, payload, created_at) values (?, 'heartbeat', '{"note":"at it"}', 1750000000)`,
  );
  const each = events / tasks;
  for (let first = 0; first < tasks; first += atOnce / each) {
    database.exec('begin immediate');
    for (let number = first; number < Math.min(tasks, first + atOnce / each); number += 1) {
      const id = `t_grown${String(from + number).padStart(7, '0')}`;
      task.run(id);
      for (let count = 0; count < each; count += 1) event.run(id);
    }
    database.exec('commit');
    await pause(between);
  }
  database.close();
  return null;
};

const mega = (bytes: number): number => bytes / 1024 / 1024;

/** P10: what a gateway keeps of what has happened. */
export const memory: Row = {
  id: 'P10',
  title: 'gateway memory after 1 M events and 100,000 tasks',
  goal: '+ ≤ 24 MB, flat after 0.5 M; a page 10,000 events behind costs ≤ 5 MB',
  measure: (bench) => {
    let path = '';
    const prepare = (given: string): Promise<void> => {
      path = given;
      return bench.boards.copyTo(given, { tasks: 1000, events: 20_000, ready: 0, parents: 0 });
    };
    return withGateway(bench, {}, prepare, (probed) => measure(bench, probed, path));
  },
};

async function measure(bench: Bench, probed: Probed, path: string): Promise<readonly Figure[]> {
  const half = bench.quick ? { tasks: 5000, events: 50_000 } : { tasks: 50_000, events: 500_000 };
  const grow = async (from: number): Promise<{ rss: number; used: number }> => {
    await inChild<Growth, null>(bench, import.meta.filename, { path, from, ...half });
    return settled(probed);
  };
  // Somebody looks on all the time, so that the gateway reads every event.
  const onlooker = await stream(probed, undefined);
  let heard = 0;
  onlooker.on('data', (bytes: Buffer) => (heard += bytes.length));
  // The first events compile what passes them on.
  await inChild<Growth, null>(bench, import.meta.filename, {
    path,
    from: 1_000_000,
    tasks: 2000,
    events: 20_000,
  });
  const before = await settled(probed);
  const middle = await grow(0);
  const after = await grow(half.tasks);
  onlooker.destroy();
  await pause(500);
  const alone = await settled(probed);
  const last = await probed.home.kernel.lastEvent(defaultBoard, {});
  const newest = last.ok ? Number(last.value) : 0;
  const behind = await stream(probed, newest - 10_000);
  // Not too many to be told each.
  const nearly = await stream(probed, newest - 4900);
  await pause(1000);
  const held = await settled(probed);
  behind.destroy();
  nearly.destroy();
  return [
    {
      name: 'More resident memory after all',
      value: mega(after.rss - before.rss),
      unit: 'MB',
      goal: { atMost: 24 },
    },
    {
      name: 'of which in the second half',
      value: mega(after.rss - middle.rss),
      unit: 'MB',
      goal: { atMost: 5 },
    },
    { name: 'More in use by scripts after all', value: mega(after.used - before.used), unit: 'MB' },
    {
      name: 'Two clients that read nothing, 10,000 and 4,900 events behind',
      value: mega(held.used - alone.used),
      unit: 'MB',
      goal: { atMost: 5 },
    },
    { name: 'Told to a client meanwhile', value: mega(heard), unit: 'MB' },
    { name: 'Resident memory before', value: mega(before.rss), unit: 'MB' },
    { name: 'Resident memory after', value: mega(after.rss), unit: 'MB' },
  ];
}

/** After a collection, when nothing is under way any more. */
async function settled({ look }: Probed): Promise<{ rss: number; used: number }> {
  await pause(1500);
  await look('collect');
  return look('collect');
}

/** A client of the board's events from one on; it takes nothing unless told. */
async function stream({ url, token }: Probed, after: number | undefined) {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(after !== undefined && { 'last-event-id': `default:${after}` }),
  };
  const request = get(`${url}/api/v1/boards/default/stream`, { headers });
  const [response] = await once(request, 'response');
  response.on('error', () => {});
  return response as import('node:http').IncomingMessage;
}
