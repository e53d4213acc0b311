import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asMillis, asTaskId, defaultBoard } from '../../src/domain/ids.ts';
import type { Leftovers } from '../../src/domain/prune.ts';
import { boardPaths, type Env } from '../../src/services/home.ts';
import { sweep } from '../../src/services/sweep.ts';
import { moveToTrash } from '../../src/services/trash.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { makeRepository } from '../support/repository.ts';
import { temporaryHome } from '../support/temporary-home.ts';

const { files } = nodeWorld({ log: quiet });
const id = asTaskId('t_00000001');
const now = asMillis(Date.UTC(2026, 10, 21, 9));
const stamp = '2026-11-21T09-00-00.000Z';
const world = { files, now: () => now };

function place(env: Env = {}, trash_retention_days = 7) {
  const home = temporaryHome({}, env);
  const root = join(home.root, 'kanban');
  const paths = boardPaths(home, defaultBoard);
  const board = { home, board: defaultBoard, settings: { trash_retention_days } };
  const write = (...parts: string[]): string => {
    const path = join(root, ...parts);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'x');
    return path;
  };
  const left = (own: Partial<Leftovers>): Leftovers => ({
    task_id: id,
    workspace: null,
    run_folders: [],
    attachments: [],
    ...own,
  });
  const request = (own: Partial<Leftovers>, in_use: readonly string[] = []) => ({
    leftovers: [left(own)],
    logs: [],
    gone: [],
    in_use,
  });
  return { home, board, root, paths, write, request };
}

describe('what a removed task left behind', () => {
  it('goes: what runs left, attachments with their folder, memory and log; its own folder goes to the trash', async () => {
    const { board, root, paths, write } = place();
    write('workspaces', id, 'deep', 'file');
    write('runs', '1-abc', 'identity');
    const file = write('attachments', id, 'a.txt');
    const sessions = [write('sessions', id, 'ada-work', 'memory'), write('sessions', 't_00000002', 'x', 'y')];
    const logs = [write('logs', `${id}.log`), write('logs', `${id}.log.1`)];
    const other = write('logs', 't_00000002.log');
    const workspace = join(root, 'workspaces', id);
    const request = {
      leftovers: [
        {
          task_id: id,
          workspace,
          run_folders: [join(root, 'runs', '1-abc'), join(root, 'runs', '2-def')],
          attachments: [file],
        },
      ],
      logs: [id],
      gone: [id],
      in_use: [],
    };
    const removed = [
      join(root, 'runs', '1-abc'),
      file,
      join(root, 'attachments', id),
      join(root, 'sessions', id),
      ...logs,
    ];
    const expected = [workspace, ...removed];
    expect(await sweep(world, board, { ...request, dry_run: true })).toEqual({
      removed,
      trashed: [{ path: workspace, to: null }],
      kept: [],
    });
    expect(expected.every((path) => existsSync(path))).toBe(true);
    expect(existsSync(paths.trash)).toBe(false);
    const to = join(paths.trash, `${stamp}-${id}`);
    expect(await sweep(world, board, request)).toEqual({
      removed,
      trashed: [{ path: workspace, to }],
      kept: [],
    });
    expect(expected.filter((path) => existsSync(path))).toEqual([]);
    expect(readFileSync(join(to, 'deep', 'file'), 'utf8')).toBe('x');
    expect([existsSync(other), ...sessions.map((path) => existsSync(path))]).toEqual([true, false, true]);
    expect(await sweep(world, board, request)).toEqual({ removed: [], trashed: [], kept: [] });
  });

  it('is removed at once where there is no retention', async () => {
    const { board, root, paths, write, request } = place({}, 0);
    write('workspaces', id, 'file');
    const workspace = join(root, 'workspaces', id);
    expect(await sweep(world, board, request({ workspace }))).toEqual({
      removed: [workspace],
      trashed: [],
      kept: [],
    });
    expect([existsSync(workspace), existsSync(paths.trash)]).toEqual([false, false]);
  });

  it('stays when it is not strictly inside the folder that we manage', async () => {
    const { board, root, paths, write, request } = place();
    write('workspaces', 'x', 'file');
    write('elsewhere', 'file');
    for (const path of [
      join(root, 'elsewhere'),
      paths.workspaces,
      root,
      `${paths.workspaces}/x/../../elsewhere`,
    ]) {
      const { removed, trashed, kept } = await sweep(world, board, request({ workspace: path }));
      expect([removed, trashed]).toEqual([[], []]);
      expect(kept).toMatchObject([{ path, because: expect.stringContaining('not ours') }]);
    }
    expect(existsSync(join(root, 'elsewhere', 'file'))).toBe(true);
  });

  it('stays when a link leads out of that folder, or to another task’s', async () => {
    const { board, root, paths, write, request } = place();
    write('elsewhere', 'inner', 'file');
    write('workspaces', 't_00000002', 'file');
    symlinkSync(join(root, 'elsewhere'), join(paths.workspaces, 'out'));
    symlinkSync(join(paths.workspaces, 't_00000002'), join(paths.workspaces, id));
    for (const way of ['out', join('out', 'inner'), id]) {
      const path = join(paths.workspaces, way);
      const { removed, trashed, kept } = await sweep(world, board, request({ workspace: path }));
      expect([removed, trashed]).toEqual([[], []]);
      expect(kept).toMatchObject([{ path, because: expect.stringContaining('symbolic link') }]);
    }
    expect(existsSync(join(root, 'elsewhere', 'inner', 'file'))).toBe(true);
    expect(existsSync(join(paths.workspaces, 't_00000002', 'file'))).toBe(true);
  });

  it('goes with the links in it, which are not followed; a managed folder may itself be reached by a link', async () => {
    const { home, root, paths, write, request } = place();
    const precious = write('elsewhere', 'file');
    write('workspaces', id, 'file');
    symlinkSync(join(root, 'elsewhere'), join(paths.workspaces, id, 'link'));
    symlinkSync(root, join(root, 'alias'));
    const env = { ...home.env, ANDON_WORKSPACES_ROOT: join(root, 'alias', 'workspaces') };
    const workspace = join(paths.workspaces, id);
    const alias = { home: { ...home, env }, board: defaultBoard, settings: { trash_retention_days: 0 } };
    expect(await sweep(world, alias, request({ workspace }))).toMatchObject({
      removed: [workspace],
      kept: [],
    });
    expect(existsSync(precious)).toBe(true);
  });

  it('stays when another task needs it, something in it, or the folder around it', async () => {
    const { home, board, root, paths, write, request } = place();
    write('workspaces', id, 'deep', 'file');
    const workspace = join(paths.workspaces, id);
    for (const needed of [workspace, join(workspace, 'deep'), join(workspace, 'not yet')]) {
      const { kept } = await sweep(world, board, request({ workspace }, [needed]));
      expect(kept).toEqual([{ path: workspace, because: `another task needs ${needed}` }]);
    }
    // Said from the person's own folder, which is this home's here; or by way of a link.
    symlinkSync(workspace, join(root, 'short'));
    for (const needed of [`~/kanban/workspaces/${id}`, join(root, 'short')]) {
      expect((await sweep(world, board, request({ workspace }, [needed]))).kept).toHaveLength(1);
    }
    expect(home.userHome).toBe(home.root);
    const deep = join(workspace, 'deep');
    expect((await sweep(world, board, request({ workspace: deep }, [workspace]))).kept).toHaveLength(1);
    // A name that only begins alike is another folder; whoever works around all of ours means none of them.
    const { trashed } = await sweep(world, board, request({ workspace }, [`${workspace}0`, root]));
    expect(trashed).toMatchObject([{ path: workspace }]);
  });

  it('stays when the id would climb out of the trash or out of the sessions', async () => {
    const { board, paths, write } = place();
    const evil = asTaskId('../../evil');
    write('workspaces', 'x', 'file');
    const precious = write('evil', 'file');
    mkdirSync(paths.sessions);
    const left = { task_id: evil, workspace: join(paths.workspaces, 'x'), run_folders: [], attachments: [] };
    const { kept } = await sweep(world, board, {
      leftovers: [left],
      logs: [],
      gone: [asTaskId('../evil')],
      in_use: [],
    });
    expect(kept).toMatchObject([
      { because: expect.stringContaining('cannot be the name') },
      { because: expect.stringContaining('not ours') },
    ]);
    expect([existsSync(left.workspace), existsSync(precious)]).toEqual([true, true]);
  });
});

describe('a repository in a scratch folder', () => {
  it('goes with the folder that we made for the task, and whole', async () => {
    const { board, paths, request } = place();
    const workspace = join(paths.workspaces, id);
    const repository = makeRepository(workspace);
    repository.git('worktree', 'add', '-q', 'inside');
    const { trashed } = await sweep(world, board, request({ workspace }));
    const moved = repository.in(trashed[0]?.to ?? '');
    expect(moved.git('log', '-1', '--format=%s')).toBe('Begin');
  });

  it('is somebody’s main checkout where the folder is none of our making', async () => {
    const { board, paths, request } = place();
    const workspace = join(paths.workspaces, 'project');
    makeRepository(workspace);
    const { kept } = await sweep(world, board, request({ workspace }));
    expect(kept).toMatchObject([{ because: expect.stringContaining('main checkout') }]);
    expect(existsSync(join(workspace, 'README.md'))).toBe(true);
  });

  it('stays while it has a worktree elsewhere, and goes when that is gone', async () => {
    const { board, root, paths, request } = place();
    const workspace = join(paths.workspaces, id);
    for (const clone of [workspace, join(workspace, 'clone')]) {
      const repository = makeRepository(clone);
      const folder = join(root, 'elsewhere');
      repository.git('worktree', 'add', '-q', folder);
      const { kept } = await sweep(world, board, request({ workspace }));
      expect(kept).toMatchObject([{ because: `the worktree ${folder} belongs to a repository in it` }]);
      repository.git('worktree', 'remove', folder);
      repository.git('branch', '-D', 'elsewhere');
    }
    expect((await sweep(world, board, request({ workspace }))).trashed).toHaveLength(1);
  });

  it('stays for a task that works in a worktree of it, however deep it lies', async () => {
    const { board, root, paths, request } = place();
    const workspace = join(paths.workspaces, id);
    const repository = makeRepository(join(workspace, 'some', 'where'));
    const folder = join(root, 'tree');
    repository.git('worktree', 'add', '-q', folder);
    const { kept } = await sweep(world, board, request({ workspace }, [folder]));
    expect(kept).toMatchObject([
      { because: expect.stringContaining(`${workspace}/some/where/.git/worktrees`) },
    ]);
  });
});

describe('a folder on another disk than the trash', () => {
  it('is there as a whole before it goes where it was', async () => {
    const { root, paths, write } = place();
    const real = join(paths.workspaces, id);
    write('workspaces', id, 'deep', 'file');
    symlinkSync('deep', join(real, 'link'));
    // Only the move from disk to disk is refused, as the system does.
    const far: typeof files = {
      ...files,
      rename: (from, to) =>
        from === real
          ? Promise.reject(Object.assign(new Error('cross-device link'), { code: 'EXDEV' }))
          : files.rename(from, to),
    };
    const moved = await moveToTrash({ files: far, now: () => now }, paths.trash, real, id);
    const to = join(root, 'trash', `${stamp}-${id}`);
    expect(moved).toEqual({ to });
    expect(readFileSync(join(to, 'link', 'file'), 'utf8')).toBe('x');
    expect([existsSync(real), existsSync(`${to}.part`)]).toEqual([false, false]);
  });
});
