import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asMillis } from '../../src/domain/ids.ts';
import { emptyTrash, oldInTrash } from '../../src/services/trash.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { makeRepository } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { files } = nodeWorld({ log: quiet });
const world = { files, now: () => asMillis(Date.UTC(2026, 10, 21, 9)) };
const none = { in_use: [], userHome: '/nowhere' };

function place() {
  const root = temporaryFolder();
  const trash = join(root, 'trash');
  const put = (name: string): string => {
    mkdirSync(join(trash, name), { recursive: true });
    writeFileSync(join(trash, name, 'file'), 'x');
    return join(trash, name);
  };
  return { root, trash, put, old: (days: number) => oldInTrash(world, trash, days) };
}

describe('the trash', () => {
  it('holds what is younger than the retention, and what is no entry of ours', async () => {
    const { trash, put, old } = place();
    const first = put('2026-11-14T09-00-00.000Z-t_00000001');
    const half = put('2026-11-01T09-00-00.000Z-t_00000001.part');
    const young = put('2026-11-14T09-00-00.001Z-t_00000002');
    for (const name of ['notes', 't_00000003', '2026-11-01', '2026-13-01T09-00-00.000Z-t_1']) put(name);
    expect(await old(7)).toEqual([half, first]);
    expect(await old(0)).toEqual([half, first, young]);
    expect(await emptyTrash(world, trash, await old(7), { ...none, dry_run: true })).toEqual({
      removed: [half, first],
      kept: [],
    });
    expect(existsSync(first)).toBe(true);
    expect((await emptyTrash(world, trash, await old(7), none)).removed).toEqual([half, first]);
    expect([half, first, young].map((path) => existsSync(path))).toEqual([false, false, true]);
    expect(await files.names(trash)).toHaveLength(5);
  });

  it('is not there until something is put into it', async () => {
    expect(await place().old(0)).toEqual([]);
  });

  it('keeps what a task works in, what leads elsewhere, and the repository of a worktree elsewhere', async () => {
    const { root, trash, put, old } = place();
    const used = put('2026-11-01T09-00-00.000Z-t_00000001');
    const repository = makeRepository(put('2026-11-02T09-00-00.000Z-t_00000002'));
    repository.git('worktree', 'add', '-q', join(root, 'tree'));
    const precious = join(root, 'precious');
    mkdirSync(precious);
    symlinkSync(precious, join(trash, '2026-11-03T09-00-00.000Z-t_00000003'));
    const { removed, kept } = await emptyTrash(world, trash, await old(7), { ...none, in_use: [used] });
    expect(removed).toEqual([]);
    expect(kept.map(({ because }) => because)).toEqual([
      `another task needs ${used}`,
      `the worktree ${join(root, 'tree')} belongs to a repository in it`,
      `a symbolic link leads from it to ${precious}`,
    ]);
    expect([used, repository.folder, precious].every((path) => existsSync(path))).toBe(true);
  });
});
