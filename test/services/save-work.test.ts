import { chmodSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asRunId, asTaskId } from '../../src/domain/ids.ts';
import { createGit } from '../../src/services/git.ts';
import { saveWork } from '../../src/services/save-work.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { makeRepository } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const world = nodeWorld({ log: quiet });
const git = createGit(world, { PATH: process.env['PATH'], HOME: '/nowhere', GIT_CONFIG_GLOBAL: '/dev/null' });

/** A worktree with a file that is ignored, and a way to save it. */
function place() {
  const root = realpathSync(temporaryFolder());
  const repository = makeRepository(join(root, 'repository'));
  repository.write('.gitignore', 'build\n');
  repository.write('kept', 'as it was');
  repository.commit('More');
  const folder = join(root, 'tree');
  repository.git('worktree', 'add', '-q', '-b', 'work', folder);
  const tree = repository.in(folder);
  const save = (run = 7) =>
    saveWork(git, world, {
      task_id: asTaskId('t_1'),
      run_id: asRunId(run),
      folder,
      because: 'its time was over',
    });
  /** All that a save must leave alone. */
  const rest = () => [
    tree.git('status', '--porcelain', '--ignored'),
    tree.git('rev-parse', 'HEAD'),
    tree.git('ls-files', '--stage'),
    tree.git('for-each-ref', 'refs/heads'),
    tree.git('worktree', 'list'),
    tree.git('stash', 'list'),
  ];
  return { root, repository, tree, save, rest };
}

describe('what a worktree holds beyond its last commit', () => {
  it('is saved under a name of its own, and nothing else changes', async () => {
    const { tree, save, rest } = place();
    tree.write('kept', 'changed');
    tree.write('staged', 'in the index');
    tree.git('add', 'staged');
    tree.write('staged', 'and after it');
    tree.write('new/ünï "q"\n.txt', 'untracked');
    tree.write('build', 'ignored');
    tree.git('rm', '-q', 'README.md');
    const before = rest();
    const { saved, missing } = await save();
    expect(missing).toEqual([]);
    expect(saved).toEqual({
      ref: 'refs/andon/t_1/7',
      commit: expect.stringMatching(/^[\da-f]{40}$/),
      files: 4,
    });
    expect(rest()).toEqual(before);
    const show = (name: string) => tree.git('show', `refs/andon/t_1/7:${name}`);
    expect([show('kept'), show('staged'), show('new/ünï "q"\n.txt')]).toEqual([
      'changed',
      'and after it',
      'untracked',
    ]);
    expect(tree.git('ls-tree', '-r', '--name-only', 'refs/andon/t_1/7').split('\n')).toHaveLength(4);
    expect(tree.git('rev-parse', 'refs/andon/t_1/7^')).toBe(tree.git('rev-parse', 'HEAD'));
    expect(tree.git('log', '-1', '--format=%an: %B', 'refs/andon/t_1/7')).toBe(
      'Andon: What run 7 of t_1 had not committed\n\nSaved because its time was over.',
    );
    expect(tree.git('status', '--porcelain')).not.toContain('andon');
  });

  it('is nothing when the last commit has it all', async () => {
    const { tree, save } = place();
    tree.write('build', 'ignored');
    tree.write('committed', 'x');
    tree.commit('Done');
    expect(await save()).toEqual({ saved: null, missing: [] });
    expect(tree.git('for-each-ref', 'refs/andon')).toBe('');
  });

  it('is saved once, however often, and anew under another name when it has changed', async () => {
    const { tree, save } = place();
    tree.write('new', 'one');
    const first = await save();
    expect(await save()).toEqual(first);
    tree.write('new', 'two');
    expect((await save()).saved?.ref).toBe('refs/andon/t_1/7-2');
    expect((await save(8)).saved?.ref).toBe('refs/andon/t_1/8');
    expect(tree.git('show', 'refs/andon/t_1/7:new')).toBe('one');
  });

  it('may also be commits that no branch has', async () => {
    const { tree, save } = place();
    tree.git('switch', '-q', '--detach');
    tree.write('new', 'one');
    const commit = tree.commit('Adrift');
    expect((await save()).saved).toEqual({ ref: 'refs/andon/t_1/7', commit, files: 0 });
    tree.git('branch', 'found');
    tree.git('update-ref', '-d', 'refs/andon/t_1/7');
    expect((await save()).saved).toBeNull();
  });

  it('is also saved in the midst of a merge, and when there is no commit yet', async () => {
    const { tree, save } = place();
    tree.write('kept', 'mine');
    tree.commit('Mine');
    tree.git('switch', '-q', '-c', 'theirs', 'HEAD^');
    tree.write('kept', 'theirs');
    tree.commit('Theirs');
    expect(() => tree.git('-c', 'user.name=A', '-c', 'user.email=a@b', 'merge', 'work')).toThrow();
    expect((await save()).saved?.files).toBe(1);
    expect(tree.git('show', 'refs/andon/t_1/7:kept')).toContain('<<<<<<<');
    tree.git('merge', '--abort');
    tree.git('switch', '-q', '--orphan', 'unborn');
    tree.write('first', 'x');
    expect((await save(8)).saved?.files).toBe(1);
    expect(tree.git('log', '--format=%P', 'refs/andon/t_1/8')).toBe('');
  });

  it('is told as far as it could not be saved: a repository in it has its own content', async () => {
    const { tree, save } = place();
    makeRepository(join(tree.folder, 'inner'));
    tree.write('new', 'x');
    const { saved, missing } = await save();
    expect(missing).toEqual(['inner']);
    expect(saved?.files).toBe(2);
    expect(tree.git('show', 'refs/andon/t_1/7:new')).toBe('x');
  });

  it('and what may not be read is told too', async () => {
    const { tree, save } = place();
    tree.write('new', 'x');
    // Root may read everything, but not what git has no way to read at all.
    tree.write('.git-is-not-here/.git/HEAD', 'nonsense');
    tree.write('secret', 'x');
    chmodSync(join(tree.folder, 'secret'), 0);
    const { saved, missing } = await save();
    expect(tree.git('show', `${saved?.ref}:new`)).toBe('x');
    if (process.getuid?.() === 0) expect(missing).toEqual([]);
    else expect(missing).toEqual([expect.stringContaining('secret')]);
  });

  it('cannot be saved where there is no checkout', async () => {
    const folder = temporaryFolder();
    const order = { task_id: asTaskId('t_1'), run_id: asRunId(1), folder, because: 'x' };
    await expect(saveWork(git, world, order)).rejects.toThrow(`${folder} is no checkout of git`);
  });
});
