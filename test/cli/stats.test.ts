import { describe, expect, it } from 'vitest';
import { ended, place } from './command-line.ts';

describe('stats and assignees', () => {
  it('count what is there', async () => {
    const { run, create, json, write } = place();
    write('profiles/alice/andon.yaml', 'command: [/bin/true]\n');
    write('profiles/broken/andon.yaml', 'comand: 1\n');
    await create('One', '--assignee', 'alice');
    const two = await create('Two', '--assignee', 'bob');
    await run('archive', two);
    await create('Three', '--assignee', 'bob', '--initial-status', 'blocked');
    expect(await json('stats', '--json')).toMatchObject({
      by_status: { ready: 1, blocked: 1 },
      by_assignee: { alice: { ready: 1 }, bob: { blocked: 1 } },
      oldest_ready_age_seconds: expect.any(Number),
      now: expect.any(Number),
    });
    expect((await run('stats')).out).toContain('alice  ready 1');
    expect(await json('assignees', '--json')).toEqual([
      { name: 'alice', on_disk: true, counts: { ready: 1 } },
      { name: 'bob', on_disk: false, counts: { blocked: 1 } },
    ]);
    expect((await run('assignees')).out).toContain('bob    not here  blocked 1');
  });
});

describe('tail', () => {
  it('follows one task from its beginning', async () => {
    const { run, create, start } = place();
    const id = await create('Followed');
    const child = start('tail', id, '--json', '--interval', '1');
    const lines: string[] = [];
    const seen = (kind: string) =>
      new Promise<void>((resolve) => {
        child.stdout.on('data', (text: Buffer) => {
          lines.push(...String(text).trim().split('\n'));
          if (lines.some((line) => line.includes(`"${kind}"`))) resolve();
        });
      });
    const done = ended(child);
    await seen('created');
    const completed = seen('completed');
    await run('create', 'Another');
    await run('complete', id);
    await completed;
    child.kill('SIGINT');
    expect((await done).code).toBe(0);
    expect([...new Set(lines)].map((line) => JSON.parse(line).kind)).toEqual(['created', 'completed']);
  });

  it('of an unknown task fails', async () => {
    const { run } = place();
    expect((await run('tail', 't_00000000')).code).toBe(1);
  });
});
