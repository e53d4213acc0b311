import { describe, expect, it } from 'vitest';
import { taskWith } from '../../test/support/samples.ts';
import { leftoversOf } from './prune.ts';

describe('what a task leaves behind', () => {
  it('is its scratch folder, the folders of its runs and its attachments', () => {
    const task = taskWith({ workspace_path: '/w/t_00000001' });
    expect(leftoversOf(task, ['/runs/7'], ['/a/1.txt'])).toEqual({
      task_id: 't_00000001',
      workspace: '/w/t_00000001',
      run_folders: ['/runs/7'],
      attachments: ['/a/1.txt'],
    });
  });
  it('never holds a folder that is somebody’s own', () => {
    for (const workspace_kind of ['dir', 'worktree'] as const) {
      const task = taskWith({ workspace_kind, workspace_path: '/home/ada/project' });
      expect(leftoversOf(task, []).workspace).toBeNull();
    }
  });
  it('holds no folder when it never had one, and no attachments unless they are named', () => {
    expect(leftoversOf(taskWith(), [])).toMatchObject({ workspace: null, attachments: [] });
  });
});
