import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { filesOf } from '../../web/src/runs/patch.ts';
import { until } from '../support/until.ts';
import { webOf } from './web.ts';
import { cachingWorker, worktreeIn } from './worktree.ts';

/** Attempts, what they print, and what they changed. */

const web = webOf({
  workers: {
    bob: 'echo "step one"; wait_for go; printf "\\033[32mstep two\\033[0m\\n"; wait_for end; andon complete "$ANDON_TASK" --summary Counted',
    kit: 'echo endless; wait_for never',
    eve: 'echo "no such file" >&2; exit 3',
    rex: cachingWorker,
  },
});

async function open(id: string, tab: string): Promise<Page> {
  const page = await web().open(`#/board/default?task=default:${id}`);
  await page.getByRole('tab', { name: tab }).click();
  return page;
}

describe('the runs of a task', () => {
  it('show the log while the worker writes it, without its colours', async () => {
    const id = await web().task({ title: 'Count', assignee: 'bob' });
    const page = await open(id, 'Runs');
    await page.getByText('step one').waitFor();
    web().home.write('go');
    await page.getByText('step two', { exact: false }).waitFor();
    expect(await page.locator('aside pre').innerText()).toBe('step one\nstep two\n');
    web().home.write('end');
    await page.getByRole('cell', { name: 'completed' }).waitFor();
    await page.getByRole('cell', { name: 'Counted' }).waitFor();
  });

  it('are stopped by a button, and stay stopped', async () => {
    const id = await web().task({ title: 'Endless', assignee: 'kit' });
    const page = await open(id, 'Runs');
    await page.locator('aside pre', { hasText: 'endless' }).waitFor();
    await page.getByRole('tabpanel').getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    expect(await web().api('GET', `/boards/default/tasks/${id}/why`)).toMatchObject({ code: 'blocked' });
  });

  it('stand side by side, with what each ended with', async () => {
    const id = await web().task({ title: 'Fails', assignee: 'eve', max_retries: 2 });
    const page = await open(id, 'Runs');
    await until(
      'both attempts are there',
      async () => (await page.getByRole('cell', { name: '3', exact: true }).count()) === 2,
      20_000,
    );
    await page.getByRole('button', { name: 'Try again' }).waitFor();
  });

  it('are reviewed line by line: remarks go back to whoever did the work', async () => {
    const workspace_path = worktreeIn(web().home.root);
    const id = await web().task({ title: 'Cache', assignee: 'rex', workspace_kind: 'dir', workspace_path });
    await until('it is in review', async () => {
      const { task } = await web().api('GET', `/boards/default/tasks/${id}`);
      return Reflect.get(Object(task), 'status') === 'review';
    });
    const page = await open(id, 'Changes');
    const file = page.getByRole('region', { name: 'rates.ts', exact: true });
    await file.getByRole('button', { name: 'Remark on line 1', exact: true }).first().click();
    await page
      .getByRole('textbox', { name: 'What is to be said about this line' })
      .fill('When is it emptied?');
    await page.keyboard.press('Control+Enter');
    await file.getByText('When is it emptied?').waitFor();
    await page.getByRole('region', { name: 'rates.test.ts', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Request changes' }).click();
    await until('it went back', async () => {
      const { task } = await web().api('GET', `/boards/default/tasks/${id}`);
      return Reflect.get(Object(task), 'assignee') === 'rex';
    });
    const { events } = await web().api('GET', `/boards/default/tasks/${id}/events`);
    expect(JSON.stringify(events)).toContain('When is it emptied?');
  });
});

describe('a patch', () => {
  it('is taken apart into files and numbered lines', () => {
    const patch = [
      'diff --git a/a.txt b/a.txt',
      'index 1..2 100644',
      '--- a/a.txt',
      '+++ b/a.txt',
      '@@ -3,3 +3,3 @@ in',
      ' same',
      '-old',
      '+new',
      '\\ No newline at end of file',
      'diff --git a/b c.txt b/b c.txt',
      'new file mode 100644',
      '--- /dev/null',
      '+++ b/b c.txt\t',
      '@@ -0,0 +1 @@',
      '+--- not a header',
      'diff --git a/pic.png b/pic.png',
      'deleted file mode 100644',
      'Binary files a/pic.png and /dev/null differ',
      '',
    ].join('\n');
    expect(filesOf(patch)).toMatchObject([
      {
        path: 'a.txt',
        change: 'changed',
        added: 1,
        removed: 1,
        lines: [
          { kind: 'hunk' },
          { kind: 'same', before: 3, after: 3 },
          { kind: 'removed', text: 'old', before: 4, after: null },
          { kind: 'added', text: 'new', before: null, after: 4 },
        ],
      },
      { path: 'b c.txt', change: 'added', lines: [{ kind: 'hunk' }, { text: '--- not a header', after: 1 }] },
      { path: 'pic.png', change: 'deleted', binary: true, lines: [] },
    ]);
  });
});
