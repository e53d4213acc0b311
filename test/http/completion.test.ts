import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultBoard, type RunId } from '../../src/domain/ids.ts';
import { boardPaths } from '../../src/services/home.ts';
import { exited, leader, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { type Api, openApi, started } from './api.ts';
import { listener } from './listener.ts';
import { listen } from './server.ts';

/** Contract §13.3: the end of a run is told once; a look at it is never a telling. */

const end = async (api: Api, run_id: RunId, code: number): Promise<void> => {
  value(
    await api.kernel.reap(defaultBoard, {
      run_id,
      epoch: leader.epoch,
      exit: exited(code),
      stopped: null,
      failure_limit: undefined,
    }),
  );
};

const toldAt = async (api: Api, run_id: RunId): Promise<unknown> => {
  const { run } = await api.ask('GET', `/boards/default/runs/${run_id}`);
  return (run as { process: { told_at: unknown } }).process.told_at;
};

describe.each(stores)('the end of a run on $name', (kind) => {
  it('is told to who waits for it, with exit code and the end of the output, and then the stream ends', async () => {
    const files = { 'profiles/ada/andon.yaml': 'command: [count, "--all"]' };
    const api = await openApi(kind, { http: { port: 0 }, files });
    const { url } = await listen(api);
    const id = await api.create('Awaited', { assignee: 'ada', session_id: 'chat-1' });
    const { run_id } = await started(api, id);
    const { logs } = boardPaths(api.home, defaultBoard);
    mkdirSync(logs, { recursive: true });
    writeFileSync(join(logs, `${id}.log`), `${'x'.repeat(5000)}\u001b[31mred\u001b[0m end\n`);
    const client = await listener(`${url}/v1/runs/${run_id}/events`, api.admin);
    expect(client.status).toBe(200);
    await end(api, run_id, 3);
    await until('it has ended', () => client.ended);
    expect(client.events).toMatchObject([
      {
        event: 'run.failed',
        data: { run_id, task_id: id, outcome: 'crashed', timestamp: api.clock.seconds() },
      },
      {
        event: 'process.completed',
        data: {
          session_key: `default:${run_id}`,
          session_id: 'chat-1',
          command: 'count --all',
          exit_code: 3,
          timestamp: api.clock.seconds(),
        },
      },
    ]);
    const output = String(client.events[1]?.data['output']);
    expect([output.length, output.slice(-8)]).toEqual([2000, 'red end\n']);
    expect(client.comments.at(-1)).toBe(': end');
    expect(await toldAt(api, run_id)).toBe(api.clock.now());
  });

  it('is not taken by a look, nor by a client that leaves before, and is told once', async () => {
    const api = await openApi(kind, { http: { port: 0 } });
    const { url } = await listen(api);
    const { run_id } = await started(api, await api.create('Awaited', { max_retries: 9 }));
    const path = `${url}/api/v1/boards/default/runs/${run_id}/events`;
    const early = await listener(path, api.admin);
    early.close();
    await until('it has left', () => api.http.desk.streams.taken === 0);
    await end(api, run_id, 0);
    for (let look = 0; look < 3; look += 1) expect(await toldAt(api, run_id)).toBeNull();
    const first = await listener(path, api.admin);
    await until('it has ended', () => first.ended);
    expect(first.events.map(({ event }) => event)).toEqual(['run.failed', 'process.completed']);
    const second = await listener(path, api.admin);
    await until('it has ended', () => second.ended);
    expect(second.events.map(({ event }) => event)).toEqual(['run.failed']);
  });

  it('is dropped when the run is gone: who waits for it is let go, and nobody is told later', async () => {
    const api = await openApi(kind, { http: { port: 0 } });
    const { url } = await listen(api);
    const id = await api.create('Doomed', { max_retries: 9 });
    const { run_id } = await started(api, id);
    const path = `${url}/v1/runs/${run_id}/events`;
    const waiting = await listener(path, api.admin);
    const left = await listener(path, api.admin);
    left.close();
    await until('one has left', () => api.http.desk.streams.taken === 1);
    await end(api, run_id, 0);
    await until('it has ended', () => waiting.ended);
    expect(waiting.events.map(({ event }) => event)).toEqual(['run.failed', 'process.completed']);
    expect(value(await api.kernel.tellRun(defaultBoard, { run_id })).first, 'told already').toBe(false);

    const { run_id: doomed } = await started(api, id);
    const late = await listener(`${url}/v1/runs/${doomed}/events`, api.admin);
    await end(api, doomed, 0);
    value(await api.kernel.delete(defaultBoard, { task_id: id }));
    await until('it is let go', () => late.ended);
    expect((await listener(`${url}/v1/runs/${doomed}/events`, api.admin)).status).toBe(404);
    const push = await api.kernel.tellRun(defaultBoard, { run_id: doomed });
    expect(push).toMatchObject({ ok: false, refusal: { code: 'unknown_run' } });
  });

  it('of a run without a process is its answer', async () => {
    const api = await openApi(kind, { http: { port: 0 } });
    const { url } = await listen(api);
    const id = await api.create('By hand');
    const body = { claim_lock: 'a:1', ttl_seconds: 60 };
    const { run_id } = await api.ask('POST', `/boards/default/tasks/${id}/claim`, { body });
    const client = await listener(`${url}/v1/runs/${run_id}/events?board=default`, api.admin);
    await api.ask('POST', `/boards/default/tasks/${id}/reclaim`);
    await until('it has ended', () => client.ended);
    expect(client.events).toMatchObject([{ event: 'run.cancelled', data: { outcome: 'reclaimed' } }]);
  });

  it('of a run that appears within a second is waited for, and otherwise there is none', async () => {
    const api = await openApi(kind, { http: { port: 0 } });
    const { url } = await listen(api);
    const id = await api.create('Soon');
    const waiting = listener(`${url}/v1/runs/1/events`, api.admin);
    await api.ask('POST', `/boards/default/tasks/${id}/claim`, {
      body: { claim_lock: 'a:1', ttl_seconds: 60 },
    });
    expect((await waiting).status).toBe(200);
    expect((await listener(`${url}/v1/runs/99/events`, api.admin)).status).toBe(404);
    await until('no place is lost', () => api.http.desk.streams.taken === 1);
  });
});
