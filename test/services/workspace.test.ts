import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asTaskId } from '../../src/domain/ids.ts';
import type { WorkspaceKind } from '../../src/domain/task.ts';
import { makeFolderOf, workspacePath } from '../../src/services/workspace.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryHome } from '../support/temporary-home.ts';

const roots = { workspaces: '/ws', cwd: '/repo', userHome: '/home/x' };
const task = (kind: WorkspaceKind, path: string | null, id = 't_1') => ({
  id: asTaskId(id),
  workspace_kind: kind,
  workspace_path: path,
});

describe('a workspace', () => {
  it.each([
    ['scratch', null, '/ws/t_1'],
    ['scratch', ' ', '/ws/t_1'],
    ['scratch', '/old/place', '/old/place'],
    ['dir', '/srv/./app', '/srv/app'],
    ['dir', '~/app', '/home/x/app'],
    ['worktree', null, '/repo/.worktrees/t_1'],
    ['worktree', '/w', '/w'],
  ] as const)('of kind %s with path %s is %s', (kind, path, place) => {
    expect(workspacePath(task(kind, path), roots)).toEqual({ ok: true, value: place });
  });

  it.each([
    ['scratch', 'here', 't_1'],
    ['dir', '../x', 't_1'],
    ['dir', '~other/x', 't_1'],
    ['dir', null, 't_1'],
    ['scratch', null, '../t_1'],
    ['worktree', null, '..'],
  ] as const)('of kind %s with path %s for %s is refused', (kind, path, id) => {
    expect(workspacePath(task(kind, path, id), roots)).toMatchObject({
      ok: false,
      refusal: { code: 'invalid_input', ids: [id] },
    });
  });

  it('is made, but for a worktree', async () => {
    const { root } = temporaryHome();
    const { files } = nodeWorld({ log: quiet });
    await makeFolderOf(files, task('scratch', null), join(root, 'a/b'));
    await makeFolderOf(files, task('worktree', null), join(root, 'c'));
    expect(await files.isFolder(join(root, 'a/b'))).toBe(true);
    expect(await files.isFolder(join(root, 'c'))).toBe(false);
  });
});
