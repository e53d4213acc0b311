import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asTaskId } from '../../src/domain/ids.ts';
import type { Leftovers } from '../../src/domain/prune.ts';
import { sweep } from '../../src/services/sweep.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { files } = nodeWorld({ log: quiet });
const id = asTaskId('t_00000001');

function place() {
  const root = temporaryFolder();
  const paths = {
    workspaces: join(root, 'workspaces'),
    runs: join(root, 'runs'),
    logs: join(root, 'logs'),
    attachments: join(root, 'attachments'),
  };
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
    in_use,
  });
  return { root, paths, write, request };
}

describe('what a removed task left behind', () => {
  it('goes: folders, attachments with their folder, and every part of its log; what is gone is not mentioned', async () => {
    const { root, paths, write } = place();
    write('workspaces', id, 'deep', 'file');
    write('runs', '1-abc', 'identity');
    const file = write('attachments', id, 'a.txt');
    const logs = [write('logs', `${id}.log`), write('logs', `${id}.log.1`)];
    const other = write('logs', 't_00000002.log');
    const request = {
      leftovers: [
        {
          task_id: id,
          workspace: join(root, 'workspaces', id),
          run_folders: [join(root, 'runs', '1-abc'), join(root, 'runs', '2-def')],
          attachments: [file],
        },
      ],
      logs: [id],
      in_use: [],
    };
    const expected = [
      join(root, 'workspaces', id),
      join(root, 'runs', '1-abc'),
      file,
      join(root, 'attachments', id),
      ...logs,
    ];
    expect(await sweep(files, paths, { ...request, dry_run: true })).toEqual({ removed: expected, kept: [] });
    expect(expected.every((path) => existsSync(path))).toBe(true);
    expect(await sweep(files, paths, request)).toEqual({ removed: expected, kept: [] });
    expect(expected.filter((path) => existsSync(path))).toEqual([]);
    expect(existsSync(other)).toBe(true);
    expect(await sweep(files, paths, request)).toEqual({ removed: [], kept: [] });
  });

  it('stays when it is not strictly inside the folder that we manage', async () => {
    const { root, paths, write, request } = place();
    write('workspaces', 'x', 'file');
    write('elsewhere', 'file');
    for (const path of [
      join(root, 'elsewhere'),
      paths.workspaces,
      root,
      `${paths.workspaces}/x/../../elsewhere`,
    ]) {
      const { removed, kept } = await sweep(files, paths, request({ workspace: path }));
      expect(removed).toEqual([]);
      expect(kept).toMatchObject([{ path, because: expect.stringContaining('not ours') }]);
    }
    expect(existsSync(join(root, 'elsewhere', 'file'))).toBe(true);
  });

  it('stays when a link leads out of that folder, or to another task’s', async () => {
    const { root, paths, write, request } = place();
    write('elsewhere', 'inner', 'file');
    write('workspaces', 't_00000002', 'file');
    symlinkSync(join(root, 'elsewhere'), join(paths.workspaces, 'out'));
    symlinkSync(join(paths.workspaces, 't_00000002'), join(paths.workspaces, id));
    for (const way of ['out', join('out', 'inner'), id]) {
      const path = join(paths.workspaces, way);
      const { removed, kept } = await sweep(files, paths, request({ workspace: path }));
      expect(removed).toEqual([]);
      expect(kept).toMatchObject([{ path, because: expect.stringContaining('symbolic link') }]);
    }
    expect(existsSync(join(root, 'elsewhere', 'inner', 'file'))).toBe(true);
    expect(existsSync(join(paths.workspaces, 't_00000002', 'file'))).toBe(true);
  });

  it('a link in it is removed and not followed, and a managed folder may itself be reached by a link', async () => {
    const { root, paths, write, request } = place();
    const precious = write('elsewhere', 'file');
    write('workspaces', id, 'file');
    symlinkSync(join(root, 'elsewhere'), join(paths.workspaces, id, 'link'));
    symlinkSync(root, join(root, 'alias'));
    const alias = { ...paths, workspaces: join(root, 'alias', 'workspaces') };
    const workspace = join(paths.workspaces, id);
    expect(await sweep(files, alias, request({ workspace }))).toEqual({ removed: [workspace], kept: [] });
    expect(existsSync(precious)).toBe(true);
  });

  it('stays when another task needs it, something in it, or the folder around it', async () => {
    const { root, paths, write, request } = place();
    write('workspaces', id, 'deep', 'file');
    const workspace = join(paths.workspaces, id);
    for (const needed of [workspace, join(workspace, 'deep')]) {
      const { kept } = await sweep(files, paths, request({ workspace }, [needed]));
      expect(kept).toEqual([{ path: workspace, because: `another task needs ${needed}` }]);
    }
    const deep = join(workspace, 'deep');
    expect((await sweep(files, paths, request({ workspace: deep }, [workspace]))).removed).toEqual([]);
    // Somebody who works in a folder around all of ours means none of them.
    expect((await sweep(files, paths, request({ workspace }, [root]))).removed).toEqual([workspace]);
  });
});
