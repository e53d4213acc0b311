import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asTaskId } from '../../src/domain/ids.ts';
import { createGit } from '../../src/services/git.ts';
import { findWorkspace } from '../../src/services/workspace.ts';
import { makeWorkspace } from '../../src/services/worktree.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { makeRepository } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const world = nodeWorld({ log: quiet });
const { files } = world;

/** A repository, and a way to ask for worktrees of it. */
function place({ env = {} as Record<string, string>, empty = false } = {}) {
  const root = realpathSync(temporaryFolder());
  const repository = makeRepository(join(root, 'repository'), { empty });
  const git = createGit(world, {
    PATH: process.env['PATH'],
    HOME: root,
    GIT_CONFIG_GLOBAL: '/dev/null',
    ...env,
  });
  const bases: string[] = [];
  const make = (path: string, branch_name: string | null = null, cwd = repository.folder) =>
    makeWorkspace(git, files, {
      task: { id: asTaskId('t_1'), workspace_kind: 'worktree', workspace_path: path, branch_name },
      path,
      cwd,
      env: { ANDON_RUN_MARK: 'm' },
      onBase: async (commit) => void bases.push(commit),
    });
  return {
    root,
    repository,
    make,
    bases,
    inside: (name: string) => join(repository.folder, '.worktrees', name),
  };
}

describe('the worktree of a task', () => {
  it('is made of the repository around its path, on a branch of its own, and its base is told before', async () => {
    const { root, repository, make, bases, inside } = place();
    const head = repository.git('rev-parse', 'HEAD');
    await make(inside('t_1'), null, root);
    const tree = repository.in(inside('t_1'));
    expect(tree.git('branch', '--show-current')).toBe('andon/t_1');
    expect(tree.git('rev-parse', 'HEAD')).toBe(head);
    expect(tree.read('README.md')).toBe('A repository.\n');
    expect(bases).toEqual([head]);
    expect(repository.git('branch', '--show-current')).toBe('main');
  });

  it('is made of the gateway’s own repository when its path lies in none, also through a link', async () => {
    const { root, repository, make } = place();
    mkdirSync(join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), join(root, 'link'));
    await make(join(root, 'link', 'deep', 'tree'));
    expect(repository.git('worktree', 'list')).toContain(join(root, 'elsewhere', 'deep', 'tree'));
  });

  it('is used as it is when it is there, whatever its branch and its changes', async () => {
    const { repository, make, bases, inside } = place();
    await make(inside('t_1'));
    const tree = repository.in(inside('t_1'));
    tree.git('switch', '-q', '-c', 'other');
    tree.write('changed', 'x');
    await make(inside('t_1'));
    expect(tree.git('branch', '--show-current')).toBe('other');
    expect(tree.read('changed')).toBe('x');
    expect(bases).toHaveLength(1);
  });

  it('has the branch that the task names, made anew or as it stands', async () => {
    const { repository, make, bases, inside } = place();
    repository.git('branch', 'feature');
    const head = repository.git('rev-parse', 'HEAD');
    repository.write('later', 'x');
    const later = repository.commit('Later');
    await make(inside('old'), 'feature');
    await make(inside('new'), 'topic/one');
    expect(bases).toEqual([head, later]);
    expect(repository.in(inside('old')).git('branch', '--show-current')).toBe('feature');
    expect(repository.in(inside('new')).git('branch', '--show-current')).toBe('topic/one');
  });

  it('is made again after its folder was removed, and takes its branch back', async () => {
    const { repository, make, bases, inside } = place();
    await make(inside('t_1'));
    const tree = repository.in(inside('t_1'));
    tree.write('work', 'x');
    const done = tree.commit('Work');
    rmSync(inside('t_1'), { recursive: true });
    await make(inside('t_1'));
    expect(tree.git('rev-parse', 'HEAD')).toBe(done);
    expect(bases.at(-1)).toBe(done);
    rmSync(inside('t_1'), { recursive: true });
    await make(inside('moved'));
    expect(repository.in(inside('moved')).git('branch', '--show-current')).toBe('andon/t_1');
  });

  it('is made anew when a gateway died while git was at it', async () => {
    const { repository, make, inside } = place();
    await make(inside('t_1'));
    const tree = repository.in(inside('t_1'));
    // What git leaves behind when it is killed before the files are there.
    writeFileSync(join(tree.git('rev-parse', '--absolute-git-dir'), 'locked'), 'initializing');
    rmSync(join(tree.folder, 'README.md'));
    await make(inside('t_1'));
    expect(tree.read('README.md')).toBe('A repository.\n');
    writeFileSync(join(tree.git('rev-parse', '--absolute-git-dir'), 'locked'), 'initializing');
    rmSync(tree.folder, { recursive: true });
    await make(inside('t_1'));
    expect(tree.read('README.md')).toBe('A repository.\n');
  });

  it('runs no hook, asks nobody elsewhere, and heeds no repository of the environment', async () => {
    const { root, repository, make, inside } = place({
      env: { GIT_DIR: '/nowhere', GIT_INDEX_FILE: '/nowhere' },
    });
    repository.write('.git/hooks/post-checkout', `#!/bin/sh\ntouch ${root}/hooked\n`);
    repository.git('config', 'core.fsmonitor', `touch ${root}/monitored;`);
    await make(inside('t_1'));
    expect(await files.names(root)).toEqual(['repository']);
  });
});

describe('a worktree that cannot be made', () => {
  it('says in one sentence that its branch is in use', async () => {
    const { repository, make, inside } = place();
    await expect(make(inside('t_1'), 'main')).rejects.toThrow(
      `The branch main is checked out at ${repository.folder}; give the task another branch, or free that one.`,
    );
  });

  it('says so when there is no repository, no commit, or a folder that is none', async () => {
    const { root, repository, make, inside } = place();
    await expect(make(join(root, 'tree'), null, root)).rejects.toThrow(
      `No git repository was found for a worktree at ${root}/tree: neither ${root} nor ${root} lies in one.`,
    );
    await expect(make(join(repository.folder, 'src'), 'no..name')).rejects.toThrow(
      /^git worktree failed in .*: 'no\.\.name' is not a valid branch name\.$/,
    );
    mkdirSync(inside('folder'), { recursive: true });
    await make(inside('folder'));
    mkdirSync(inside('full'));
    writeFileSync(join(inside('full'), 'somebody’s'), '');
    await expect(make(inside('full'))).rejects.toThrow(
      `${inside('full')} is there already and is no worktree; move it away, or name another path for the task.`,
    );
    const bare = place({ empty: true });
    await expect(bare.make(bare.inside('t_1'))).rejects.toThrow(
      `The repository ${bare.repository.folder} has no commit yet that could be checked out.`,
    );
  });

  it('says so when git is not installed', async () => {
    const { make, inside } = place({ env: { PATH: '/nowhere' } });
    await expect(make(inside('t_1'))).rejects.toThrow('git cannot be started');
  });
});

describe('a worktree task that names the checkout of a repository', () => {
  it('has its worktree below that', async () => {
    const { repository, make, inside } = place();
    const task = (workspace_path: string, workspace_kind: 'worktree' | 'dir' = 'worktree') => ({
      id: asTaskId('t_1'),
      workspace_kind,
      workspace_path,
    });
    const roots = { workspaces: '/ws', cwd: '/', userHome: '/' };
    const { folder } = repository;
    const found = { ok: true, value: inside('t_1') };
    expect(await findWorkspace(files, task(folder), roots)).toEqual(found);
    expect(await findWorkspace(files, task(folder, 'dir'), roots)).toEqual({ ok: true, value: folder });
    await make(inside('t_1'));
    expect(await findWorkspace(files, task(inside('t_1')), roots)).toEqual(found);
  });
});
