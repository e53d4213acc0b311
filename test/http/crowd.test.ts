import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { defaultBoard } from '../../src/domain/ids.ts';
import { value } from '../support/board.ts';
import { until } from '../support/until.ts';
import { openApi } from './api.ts';
import { type Listener, listener } from './listener.ts';
import { listen } from './server.ts';

/** A thousand who listen: each hears everything, and the memory stays what it was. */

const clients = 1000;

/** What is in use after a collection, in bytes. */
function used(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

it('a thousand clients hear each event once, and leave nothing behind', async () => {
  const api = await openApi(undefined, { http: { port: 0 } });
  const { url } = await listen(api);
  const before = used();
  const tokens = await Promise.all([1, 2, 3, 4, 5].map(() => api.token('viewer')));
  const crowd: Listener[] = [];
  for (let count = 0; count < clients; count += 50) {
    const opened = Array.from({ length: 50 }, (_, index) =>
      listener(`${url}/api/v1/boards/default/stream`, tokens[(count + index) % 5] ?? ''),
    );
    crowd.push(...(await Promise.all(opened)));
  }
  expect(crowd.every(({ status }) => status === 200)).toBe(true);
  expect(api.http.desk.streams.taken).toBe(clients);

  const tell = async (count: number): Promise<void> => {
    for (let number = 0; number < count; number += 1) {
      value(await api.kernel.create(defaultBoard, { title: 'Said to all' }));
    }
    const last = value(await api.kernel.lastEvent(defaultBoard, {}));
    await until('all have heard it', () => crowd.every(({ lastId }) => lastId === `default:${last}`), 25_000);
  };
  /** Forgets what was heard, so that only the server's memory is measured. */
  const forget = (): void => {
    for (const each of crowd) (each.events as unknown[]).length = 0;
  };
  await tell(5);
  for (const { events } of crowd) {
    expect(events.map(({ data }) => data['id']).slice(1)).toEqual([1, 2, 3, 4, 5]);
  }
  forget();
  const first = used();
  await tell(15);
  forget();
  const later = used();
  // 15,000 more deliveries; the list of the newest events may grow, and nothing else.
  expect(later - first).toBeLessThan(4_000_000);

  for (const each of crowd) each.close();
  await until('all places are free', () => api.http.desk.streams.taken === 0);
  crowd.length = 0;
  await until('what they took is given back', () => used() - before < (first - before) / 2);
}, 60_000);
