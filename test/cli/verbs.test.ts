import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { place } from './command-line.ts';

describe('a new board', () => {
  it('reads as empty, and reading makes nothing', async () => {
    const { home, run } = place();
    expect(await run('list')).toEqual({ code: 0, out: '(no matching tasks)\n', err: '' });
    expect((await run('runs')).out).toBe('(no matching runs)\n');
    expect((await run('notify-list')).out).toBe('(no subscriptions)\n');
    expect((await run('show', 't_00000000')).code).toBe(1);
    expect(existsSync(home)).toBe(false);
  });

  it('is made by init, which names the database, the profiles and the next step, and may be repeated', async () => {
    const { home, run, write, json } = place();
    write('profiles/alice/andon.yaml', 'command: [/bin/true]\n');
    const { code, out } = await run('init');
    expect(code).toBe(0);
    expect(out).toContain(join(home, 'kanban.db'));
    expect(out).toContain('Profiles: alice');
    expect(out).toContain('andon gateway start');
    expect(await json('init', '--json')).toEqual({
      board: 'default',
      db: join(home, 'kanban.db'),
      profiles: ['alice'],
    });
  });
});

describe('the life of a task', () => {
  it('goes from create over claim to done, and its child becomes ready', async () => {
    const { home, run, create, json } = place();
    const parent = await create('Count the lines', '--assignee', 'Counter');
    const child = await create('Write the report', '--parent', parent);
    expect((await run('show', child)).out).toContain(`It waits for ${parent} (ready).`);

    const claimed = await run('claim', parent);
    const workspace = join(home, 'kanban', 'workspaces', parent);
    expect(claimed.out).toBe(`Claimed ${parent}\nWorkspace: ${workspace}\n`);
    expect(existsSync(workspace)).toBe(true);
    expect((await run('heartbeat', parent, '--note', 'halfway')).code).toBe(0);

    const metadata = '{"lines": 12, "name": "é"}';
    const completed = await run('complete', parent, '--summary', 'Twelve lines', '--metadata', metadata);
    expect(completed).toEqual({ code: 0, out: `Completed ${parent}\n`, err: '' });
    expect(await json('show', child, '--json')).toMatchObject({ task: { status: 'ready' } });
    expect((await run('context', child)).out).toContain('Twelve lines');
    expect(await json('runs', parent, '--json')).toMatchObject([
      {
        task_id: parent,
        outcome: 'completed',
        status: 'done',
        summary: 'Twelve lines',
        metadata: { lines: 12, name: 'é' },
        queued_ms: null,
        start_ms: null,
      },
    ]);
  });

  it('prints the line that programs parse', async () => {
    const { run } = place();
    expect((await run('create', 'One')).out).toMatch(/^Created t_[0-9a-f]{8} {2}\(ready, assignee=-\)\n$/);
    expect((await run('create', 'Two', '--assignee', 'Alice')).out).toMatch(/\(ready, assignee=alice\)\n$/);
  });

  it('answers a repeated idempotency key with the first task', async () => {
    const { create } = place();
    const first = await create('Nightly', '--idempotency-key', 'n1');
    expect(await create('Nightly again', '--idempotency-key', 'n1')).toBe(first);
  });

  it('blocks with a comment, and unblocks with the answer', async () => {
    const { run, create, json } = place();
    const id = await create('Deploy');
    expect((await run('block', id, 'which', 'server?')).out).toBe(`Blocked ${id}\n`);
    expect((await run('why', id)).out).toContain('which server?');
    expect(await json('why', id, '--json')).toMatchObject({ task_id: id, code: 'blocked' });
    expect(await run('unblock', '--reason', 'the old one', id)).toEqual({
      code: 0,
      out: `Unblocked ${id}  (ready)\n`,
      err: '',
    });
    expect(await json('show', id, '--json')).toMatchObject({
      comments: [
        { author: 'user', body: 'BLOCKED: which server?' },
        { author: 'user', body: 'UNBLOCK: the old one' },
      ],
    });
  });

  it('does the others when one of several ids fails, and ends with 1', async () => {
    const { run, create, json } = place();
    const [one, two] = [await create('One'), await create('Two')];
    const ended = await run('complete', one, 't_00000000', two);
    expect(ended.code).toBe(1);
    expect(ended.out).toBe(`Completed ${one}\nCompleted ${two}\n`);
    expect(ended.err).toMatch(/^andon: No task t_00000000 .*\n$/);
    expect(await json('list', '--status', 'done', '--json')).toHaveLength(2);
    expect((await run('block', one, '--ids', two)).code).toBe(1);
    expect(await json('archive', one, two, '--json')).toMatchObject([
      { ok: true, task_id: one, status: 'archived' },
      { ok: true, task_id: two, status: 'archived' },
    ]);
    expect(await json('list', '--json')).toEqual([]);
    expect(await json('list', '--archived', '--json')).toHaveLength(2);
  });

  it('links, unlinks and assigns', async () => {
    const { run, create } = place();
    const [parent, child] = [await create('Parent'), await create('Child')];
    expect((await run('link', parent, child)).out).toBe(`Linked ${parent} -> ${child}  (${child} is todo)\n`);
    expect((await run('unlink', parent, child)).out).toBe(
      `Unlinked ${parent} -> ${child}  (${child} is ready)\n`,
    );
    expect((await run('unlink', parent, child)).code).toBe(1);
    expect((await run('assign', child, 'Bob')).out).toBe(`Assigned ${child} to bob\n`);
    expect((await run('assign', child, 'none')).out).toBe(`Assigned ${child} to nobody\n`);
  });

  it('cuts a long comment visibly', async () => {
    const { run, create, json } = place();
    const id = await create('Talk');
    await run('comment', id, 'abcdefgh', '--max-len', '3', '--author', 'ann');
    expect(await json('show', id, '--json')).toMatchObject({
      comments: [{ author: 'ann', body: 'abc… [truncated, 5 chars omitted]' }],
    });
  });
});

describe('who is asking', () => {
  it('is the worker by its profile, and its own run is checked', async () => {
    const { runWith, run, create, json } = place();
    const id = await create('Mine');
    await run('claim', id);
    const [{ id: runId }] = (await json('runs', id, '--json')) as [{ id: number }];
    const worker = { ANDON_TASK: id, ANDON_PROFILE: 'alice' };
    const stale = await runWith({ ...worker, ANDON_RUN_ID: String(runId + 1) }, 'complete', id);
    expect(stale.code).toBe(1);
    expect(stale.err).toMatch(/^andon: .*\n$/);
    expect((await runWith({ ...worker, ANDON_RUN_ID: String(runId) }, 'complete', id)).code).toBe(0);
    await runWith(worker, 'comment', id, 'done');
    expect(await json('show', id, '--json')).toMatchObject({
      task: { status: 'done' },
      comments: [{ author: 'alice' }],
    });
    expect(JSON.stringify(await json('list', '--assignee', 'alice', '--json'))).toBe('[]');
  });

  it('finds its own tasks with --mine', async () => {
    const { runWith, create } = place();
    const id = await create('For alice', '--assignee', 'alice');
    await create('For bob', '--assignee', 'bob');
    const { out } = await runWith({ ANDON_PROFILE: 'alice' }, 'list', '--mine');
    expect(out).toBe(`▶ ${id}  ready  alice  For alice\n`);
  });
});

describe('a created task that nobody will start', () => {
  it('is warned of on stderr, but neither in JSON nor when it is unassigned', async () => {
    const { run } = place();
    expect((await run('create', 'A', '--assignee', 'alice')).err).toMatch(/^⚠ .*andon gateway start/);
    expect((await run('create', 'B')).err).toBe('');
    expect((await run('create', 'C', '--assignee', 'alice', '--json')).err).toBe('');
    expect((await run('create', 'D', '--assignee', 'alice', '--initial-status', 'blocked')).err).toBe('');
  });
});

describe('notifications', () => {
  it('are listed after a subscription to a webhook of the settings, until the end of it', async () => {
    const { run, create, write, json } = place();
    write('andon.yaml', 'webhooks: {ops: {url: "http://127.0.0.1:9/x", secret_env: OPS}}\n');
    const id = await create('Tell me');
    const where = ['--platform', 'webhook', '--chat-id', 'ops'];
    expect((await run('notify-subscribe', id, ...where)).out).toBe(`Subscribed webhook ops to ${id}\n`);
    expect(await json('notify-list', id, '--json')).toMatchObject([
      { task_id: id, platform: 'webhook', chat_id: 'ops', thread_id: '' },
    ]);
    expect((await run('notify-unsubscribe', id, ...where)).code).toBe(0);
    expect((await run('notify-unsubscribe', id, ...where)).code).toBe(1);
  });
});

describe('inside the run of an agent', () => {
  it('the command line reads and comments, and changes nothing else', async () => {
    const { runWith, create, json } = place();
    const id = await create('Work');
    const inside = { ANDON_AGENT_RUN: '1', ANDON_PROFILE: 'ada' };
    expect((await runWith(inside, 'show', id)).out).toContain('Work');
    expect((await runWith(inside, 'comment', id, 'On it.')).code).toBe(0);
    for (const verb of [
      ['complete', id],
      ['create', 'Another'],
      ['assign', id, 'bea'],
      ['boards', 'create', 'x'],
      ['pause'],
    ]) {
      const { code, err } = await runWith(inside, ...verb);
      expect({ code, err }, verb.join(' ')).toEqual({
        code: 1,
        err: expect.stringMatching(
          /^andon: Inside an agent's run the command line reads and comments only, .*\n$/,
        ),
      });
    }
    expect(await json('list', '--json')).toMatchObject([{ id, status: 'ready', assignee: null }]);
  });
});
