import { describe, expect, it } from 'vitest';
import { place } from './command-line.ts';

describe('andon inbox', () => {
  it('lists what waits for a person on every board, and who is on it', async () => {
    const { run, create, json, write } = place();
    write('profiles/coder/andon.yaml', 'command: [true]');
    expect((await run('inbox')).out).toBe('(nothing waits for you)\n');
    const asks = await create('Choose', '--assignee', 'coder', '--triage');
    const key = await create('The key', '--assignee', 'coder');
    await create('Behind', '--assignee', 'coder', '--parent', key);
    await run('block', key, 'Where', 'is', 'it?');
    await run('boards', 'create', 'other');
    await run('--board', 'other', 'create', 'By hand', '--assignee', 'ana');
    const { out } = await run('inbox');
    expect(out.split('\n')[0]).toMatch(
      new RegExp(`^⊘ ${key}  asks +\\d+ \\w+ +1 behind it  @coder  The key$`),
    );
    expect(out.split('\n')[1]).toBe('    Where is it?');
    expect(out.split('\n')[2]).toContain(`? ${asks}  has no specification`);
    expect(out).not.toContain('Behind');
    expect((await run('acknowledge', key)).out).toBe(`user is on ${key}\n`);
    const everywhere = await json('inbox', '--all-boards', '--json');
    // Of one second, so in either order.
    const others = [
      { board: 'default', task_id: asks, code: 'triage' },
      { board: 'other', code: 'no_profile', assignee: 'ana' },
    ];
    expect(everywhere).toMatchObject([
      { board: 'default', task_id: key, code: 'blocked', behind: 1, acknowledged_by: 'user' },
      ...others.map(() => ({})),
    ]);
    expect(everywhere).toEqual(expect.arrayContaining(others.map((each) => expect.objectContaining(each))));
    expect((await run('inbox', '--all-boards')).out).toMatch(/other +is somebody’s/);
    expect((await run('inbox')).out).toContain('user is on it');
    expect(await run('--board', 'other', 'inbox', '--all-boards')).toMatchObject({ code: 2, out: '' });
    expect(await run('ack', 't_00000000')).toMatchObject({ code: 1, out: '' });
  });
});

describe('andon deliveries', () => {
  it('has nothing to tell before anything was sent, and knows what it is asked for', async () => {
    const { run, create, json } = place();
    const id = await create('Work');
    expect((await run('deliveries')).out).toBe('(no messages)\n');
    expect(await json('deliveries', id, '--failed', '--json')).toEqual([]);
    expect((await run('deliveries', '--all')).out).toBe('0 messages are sent again.\n');
    expect(await run('deliveries', 't_00000000')).toMatchObject({ code: 1, out: '' });
    expect((await run('deliveries', '--retry', '7')).err).toContain('No delivery 7 on this board');
    expect(await run('deliveries', '--retry', 'x')).toMatchObject({ code: 2 });
    expect(await run('deliveries', '--retry', '7', '--all')).toMatchObject({ code: 2 });
  });
});
