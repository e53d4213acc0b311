import { describe, expect, it } from 'vitest';
import { place } from './command-line.ts';

describe('andon pause', () => {
  it('pauses a board, a profile or a tenant; the list tells by whom, until when and why; resume ends it', async () => {
    const { run, runWith, create, json } = place();
    const task = await create('Deploy', '--assignee', 'Deployer', '--tenant', 'acme');
    const board = await runWith({ ANDON_PROFILE: 'alice' }, 'pause', '--reason', 'the graph is being built');
    expect(board.out).toBe('Paused this board, by alice, until it is resumed: the graph is being built.\n');
    expect((await run('pause', '--profile', 'Deployer', '--for', '2h')).out).toMatch(
      /^Paused the profile deployer, by user, until .*\d\d:\d\d UTC\.\n$/,
    );
    expect((await run('pause', '--tenant', 'acme', '--until', '2999-01-02T03:04:00Z')).out).toBe(
      'Paused the tenant acme, by user, until 2999-01-02 03:04 UTC.\n',
    );
    expect(await json('pause', '--list', '--json')).toMatchObject([
      { board: 'default', scope: 'board', name: '', by: 'alice', until: null },
      { scope: 'profile', name: 'deployer', reason: null },
      { scope: 'tenant', name: 'acme', until: Date.UTC(2999, 0, 2, 3, 4) },
    ]);
    expect((await run('pause', '--list')).out.split('\n')).toHaveLength(4);
    // A person may take it all the same.
    expect((await run('claim', task)).code).toBe(0);
    expect((await run('resume')).out).toBe('Resumed this board.\n');
    expect((await run('resume', '--profile', 'deployer')).out).toBe('Resumed the profile deployer.\n');
    expect((await run('resume', '--tenant', 'acme')).code).toBe(0);
    expect((await run('pause', '--list')).out).toBe('(no pauses)\n');
  });

  it('reaches every board at once when asked, and resume ends what there is', async () => {
    const { run, json } = place();
    await run('boards', 'create', 'other');
    await run('--board', 'other', 'pause');
    expect(await json('pause', '--list', '--json')).toEqual([]);
    expect((await run('pause', '--profile', 'bob', '--all-boards')).out).toBe(
      'Paused the profile bob on the board default, by user, until it is resumed.\n' +
        'Paused the profile bob on the board other, by user, until it is resumed.\n',
    );
    expect(await json('pause', '--list', '--all-boards', '--json')).toMatchObject([
      { board: 'default', scope: 'profile' },
      { board: 'other', scope: 'board' },
      { board: 'other', scope: 'profile' },
    ]);
    expect((await run('resume', '--all-boards')).out).toBe('Resumed the board other.\n');
    expect((await run('resume', '--all-boards')).code).toBe(1);
  });

  it.each([
    ['a profile and a tenant at once', ['--profile', 'a', '--tenant', 'b'], /profile.*tenant/, 2],
    ['two ends', ['--for', '2h', '--until', '14:05'], /until.*for/, 2],
    ['a length that is none', ['--for', 'long'], /15m/, 2],
    ['a time that is none', ['--until', 'noon'], /14:05/, 2],
    ['a time that is over', ['--until', '2001-01-01'], /in the future/, 1],
    ['a profile without a name', ['--profile', 'none'], /needs its name/, 1],
  ])('refuses %s', async (_, args, expected, exit) => {
    const { run } = place();
    const { code, out, err } = await run('pause', ...args);
    expect(err).toMatch(expected);
    expect({ code, out }).toEqual({ code: exit, out: '' });
    expect((await run('resume')).err).toMatch(/no pause of this board/);
  });
});
