import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayHome, world } from '../support/gateway-home.ts';
import { makeRepository } from '../support/repository.ts';
import { until } from '../support/until.ts';

describe.concurrent('a worker that is stopped in the middle of its work', () => {
  const workers = {
    dirty: `if [ "$(wc -l <"$ANDON_HOME/ledger")" -gt 1 ]; then
        git status --porcelain >"$ANDON_HOME/found"; exec andon complete "$ANDON_TASK"
      fi
      echo mine >>README.md; echo staged >staged; git add staged; mkdir new; echo new >new/file
      echo >"$ANDON_HOME/dirty"; wait_for end`,
  };

  it('in a worktree leaves what it had not committed under refs/andon, and `show` names it', async ({
    onTestFinished,
  }) => {
    const home = gatewayHome({ onTestFinished }, { workers });
    const repository = makeRepository(join(home.root, '..', 'project'));
    const begin = repository.git('rev-parse', 'HEAD');
    await home.gateway();
    const task = await home.create('dirty', '--workspace', `worktree:${repository.folder}`);
    await until('it has changed files', () => home.has('dirty'));
    const [run] = await home.runs(task);
    const tree = await world.processes.tree(null, run?.process?.mark ?? expect.fail('no process'));
    expect(tree).not.toEqual([]);
    await home.andon('stop', task, '--reason', 'wrong branch');

    for (const one of tree) expect(await world.processes.alive(one)).toBe(false);
    const ref = `refs/andon/${task}/1`;
    expect(repository.git('for-each-ref', '--format=%(refname)', 'refs/andon')).toBe(ref);
    expect(repository.git('show', `${ref}:README.md`)).toBe('A repository.\nmine');
    expect(repository.git('show', `${ref}:staged`)).toBe('staged');
    expect(repository.git('show', `${ref}:new/file`)).toBe('new');
    expect(repository.git('rev-parse', `${ref}^`)).toBe(begin);
    expect(repository.git('rev-parse', 'main')).toBe(begin);
    const commit = repository.git('rev-parse', ref);
    expect(await home.andon('show', task)).toContain(
      `Saved work (1)\n  ${ref}  ${commit.slice(0, 10)}  3 files\n`,
    );
    expect((await home.json('show', task))['saved_work']).toEqual([{ run_id: 1, ref, commit, files: 3 }]);

    // The next attempt finds its files as they were left.
    await home.andon('unblock', task);
    await home.reaches(task, 'done');
    expect(home.read('found').split('\n')).toEqual([' M README.md', 'A  staged', '?? new/', '']);
  });

  it('in a scratch folder leaves that, and it can be got back from the trash when the task is deleted', async ({
    onTestFinished,
  }) => {
    const scratch = 'echo precious >notes; echo >"$ANDON_HOME/dirty"; wait_for end';
    const home = gatewayHome({ onTestFinished }, { workers: { scratch } });
    await home.gateway();
    const task = await home.create('scratch');
    await until('it has written', () => home.has('dirty'));
    await home.andon('stop', task);
    expect(home.read(`kanban/workspaces/${task}/notes`)).toBe('precious\n');
    const to =
      /Moved \S+ to (\S+)/.exec(await home.andon('delete', task))?.[1] ?? expect.fail('nothing moved');
    expect(home.has(`kanban/workspaces/${task}`)).toBe(false);
    expect(home.read(join(to.slice(home.root.length), 'notes'))).toBe('precious\n');
  });
});
