import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changesIn } from '../../src/services/changes.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What a worker changed, read from real repositories. */

const world = nodeWorld({ log: quiet });
const env = { PATH: process.env['PATH'], HOME: '/nowhere' };

function git(folder: string, ...args: string[]): void {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main'];
  execFileSync('git', [...who, ...args], { cwd: folder, env, stdio: 'ignore' });
}

/** A repository with one commit, and a worktree of it that stands on a branch of its own. */
function repository(): { readonly main: string; readonly tree: string } {
  const main = join(temporaryFolder(), 'main');
  mkdirSync(main);
  git(main, 'init');
  writeFileSync(join(main, 'a.txt'), 'one\ntwo\n');
  git(main, 'add', '.');
  git(main, 'commit', '-m', 'First');
  const tree = join(main, '..', 'tree');
  git(main, 'worktree', 'add', '-b', 'work', tree);
  return { main, tree };
}

describe('the changes in a worktree', () => {
  it('are what was committed, what was not, and new files, since it left its line', async () => {
    const { main, tree } = repository();
    writeFileSync(join(tree, 'b.txt'), 'new\n');
    git(tree, 'add', 'b.txt');
    git(tree, 'commit', '-m', 'Second');
    writeFileSync(join(tree, 'a.txt'), 'one\n2\n');
    writeFileSync(join(tree, 'ünknown.txt'), 'found\n');
    // What others did meanwhile is not the worker's.
    writeFileSync(join(main, 'c.txt'), 'theirs\n');
    git(main, 'add', '.');
    git(main, 'commit', '-m', 'Theirs');
    const found = await changesIn({ ...world, folder: tree, env }, null);
    expect(found).toMatchObject({ whole: true, base: expect.stringMatching(/^[0-9a-f]{9}$/) });
    const names = [...(found?.patch.matchAll(/^\+\+\+ b\/(.*)$/gm) ?? [])].map(([, name]) => name);
    expect(names).toEqual(['a.txt', 'b.txt', 'ünknown.txt']);
    expect(found?.patch).toContain('-two\n+2\n');
  });

  it('are cut off at a megabyte, and said to be', async () => {
    const { tree } = repository();
    writeFileSync(join(tree, 'big.txt'), 'x'.repeat(99).concat('\n').repeat(30_000));
    const found = await changesIn({ ...world, folder: tree, env }, null);
    expect(found?.whole).toBe(false);
    expect(found?.patch.length).toBeLessThanOrEqual(1_000_000);
  });

  it('start no program that the folder’s own settings name', async () => {
    const { main, tree } = repository();
    const trap = join(main, '..', 'trap.sh');
    writeFileSync(trap, '#!/bin/sh\ntouch "$(dirname "$0")/sprung"\n', { mode: 0o755 });
    for (const setting of ['core.fsmonitor', 'diff.external', 'diff.odd.textconv', 'core.pager']) {
      git(main, 'config', setting, trap);
    }
    writeFileSync(join(tree, '.gitattributes'), '*.txt diff=odd\n');
    writeFileSync(join(tree, 'a.txt'), 'changed\n');
    expect((await changesIn({ ...world, folder: tree, env }, null))?.patch).toContain('+changed');
    expect(() => execFileSync('ls', [join(main, '..', 'sprung')], { stdio: 'ignore' })).toThrow();
  });

  it('are none where there is no repository, or no commit', async () => {
    const folder = temporaryFolder();
    expect(await changesIn({ ...world, folder, env }, null)).toBeUndefined();
    git(folder, 'init');
    expect(await changesIn({ ...world, folder, env }, null)).toBeUndefined();
  });
});
