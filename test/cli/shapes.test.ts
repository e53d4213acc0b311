import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { place } from './command-line.ts';

const taskKeys =
  'id title body assignee status priority tenant workspace_kind workspace_path branch_name created_by created_at started_at completed_at result skills max_retries session_id workflow_template_id current_step_key'.split(
    ' ',
  );
const runKeys =
  'id profile step_key status outcome summary error metadata worker_pid started_at ended_at'.split(' ');

describe('JSON', () => {
  it('of a task has exactly the keys of the contract, indented by two, non-ASCII as it is', async () => {
    const { run, json } = place();
    const { out } = await run(
      'create',
      'Größe',
      '--priority',
      '-2',
      '--skill',
      'a',
      '--skill',
      'b',
      '--json',
    );
    expect(out).toMatch(/^\{\n {2}"id": "t_/);
    expect(out).toContain('"title": "Größe"');
    const task: unknown = JSON.parse(out);
    expect(Object.keys(task ?? {})).toEqual(taskKeys);
    expect(task).toMatchObject({
      priority: -2,
      skills: ['a', 'b'],
      created_by: 'user',
      workspace_kind: 'scratch',
    });
    expect(await json('list', '--json')).toEqual([task]);
    expect(await json('ls', '--json')).toEqual([task]);
  });

  it('of show and runs has the keys of the contract', async () => {
    const { run, json, create } = place();
    const id = await create('All of it');
    await run('claim', id);
    await run('complete', id, '--summary', 's');
    const card = (await json('show', id, '--json')) as Record<string, unknown[]>;
    expect(Object.keys(card)).toEqual(
      'task latest_summary parents children comments checkpoint events runs saved_work why usage'.split(' '),
    );
    expect(Object.keys(card['runs']?.[0] ?? {})).toEqual(runKeys);
    expect(Object.keys(card['events']?.[0] ?? {})).toEqual('kind payload created_at run_id'.split(' '));
    const [run0] = (await json('runs', '--json')) as unknown[];
    expect(Object.keys(run0 ?? {})).toEqual(['task_id', ...runKeys, 'queued_ms', 'start_ms']);
    expect(await json('runs', id, '--state-type', 'outcome', '--state-name', 'blocked', '--json')).toEqual(
      [],
    );
  });

  it('of a task that is not running says why', async () => {
    const { json, create } = place();
    const id = await create('Nobody does it');
    expect(await json('show', id, '--json')).toMatchObject({ why: { code: 'unassigned' } });
  });

  it('of a bulk verb is one object for one id and names the refusal of a failed one', async () => {
    const { run, json, create } = place();
    const id = await create('One');
    expect(await json('complete', id, '--json')).toMatchObject({ ok: true, task_id: id, status: 'done' });
    const { code, out } = await run('complete', 't_00000000', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, task_id: 't_00000000', code: 'unknown_task' });
  });
});

describe('text', () => {
  it('of help, version and completion ends with 0', async () => {
    const { run, home, write } = place();
    const bare = await run();
    expect(bare.code).toBe(0);
    for (const word of ['create', 'list|ls', 'notify-subscribe', 'gateway', 'mcp', 'Start here']) {
      expect(bare.out).toContain(word);
    }
    expect((await run('--help')).out).toBe(bare.out);
    expect((await run('create', '--help')).out).toContain('--idempotency-key');
    expect((await run('help', 'create')).out).toContain('--idempotency-key');
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    const completion = await run('completion', 'bash');
    expect(completion.code).toBe(0);
    write('completion.bash', completion.out);
    const script = join(home, 'completion.bash');
    const ask = `. "$0"; COMP_WORDS=(andon crea); COMP_CWORD=1; _andon; echo "\${COMPREPLY[@]}"`;
    expect(execFileSync('bash', ['-c', ask, script], { encoding: 'utf8' })).toBe('create\n');
    for (const shell of ['zsh', 'fish'])
      expect((await run('completion', shell)).out).toContain('notify-subscribe');
  }, 20_000);

  it('goes to a pipe without colour', async () => {
    const { runWith, create } = place();
    await create('Plain');
    expect((await runWith({ TERM: 'xterm-256color' }, 'list')).out).not.toContain('\u001b');
  });
});
