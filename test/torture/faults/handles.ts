import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { listener } from '../../http/listener.ts';
import { until } from '../../support/until.ts';
import { type Fault, NotRun } from '../fault.ts';

/** Of each ten clients one listens to the events and goes without a word; the others ask and write. */
const atOnce = 10;

/** A gateway whose clients come, listen and vanish: it has as many files and sockets open afterwards as before. */
export const handles: Fault = {
  name: 'clients of a gateway that come and vanish',
  store: 'SQLite',
  times: { short: 300, long: 20_000 },
  async inject(count, scene) {
    if (process.platform !== 'linux') throw new NotRun('Only Linux tells which files a process has open.');
    const home = scene.home({ settings: { http: { port: 0, requests_per_second: 0 } } });
    const { pid } = await home.gateway();
    const url = await until('the gateway says where it answers', () => {
      const said: unknown = JSON.parse(home.read('gateways/default.json') || '{}').url;
      return typeof said === 'string' && said;
    });
    const token = String((await home.json('token', 'create', 'crowd', '--role', 'operator'))['secret']);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const ask = async (path: string, more: RequestInit = {}): Promise<void> => {
      const answer = await fetch(`${url}/api/v1/boards/default/${path}`, { headers, ...more });
      await answer.arrayBuffer();
      expect(answer.ok).toBe(true);
    };
    const clients = async (): Promise<void> => {
      const listening = await listener(`${url}/api/v1/boards/default/stream`, token);
      const writes = ask('tasks', { method: 'POST', body: JSON.stringify({ title: 'By a client' }) });
      await Promise.all([writes, ...Array.from({ length: atOnce - 2 }, () => ask('tasks?limit=1'))]);
      listening.close();
    };
    const open = (): number => readdirSync(`/proc/${pid}/fd`).length;
    // The connections of this process to the gateway are kept for a while, as a browser keeps them.
    for (let number = 0; number < 5; number += 1) await clients();
    const before = open();
    for (let number = 0; number < count; number += atOnce) await clients();
    const after = await until('its handles are as many as before', () => open() <= before + 2 && open());
    return { injected: count, note: `${before} handles before, ${after} afterwards` };
  },
};
