import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { webOf } from './web.ts';

/**
 * A run as an agent really told it: a program in its place says word for word what `record.ts` once wrote down, and everything from
 * there on is ours: the driver that reads it, the transcript, the money, the page.
 */

const folder = mkdtempSync(join(tmpdir(), 'andon-recorded-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Says what an agent said; the board is worked by the test, as no program behind it does. */
function recorded(name: string): string {
  const said = join(folder, `${name}.jsonl`);
  copyFileSync(join(import.meta.dirname, '..', 'drivers', 'fixtures', `${name}.jsonl`), said);
  const path = join(folder, name);
  writeFileSync(
    path,
    `#!/bin/sh
if [ "$1" = --version ]; then echo "2.1.329 (Claude Code)"; exit 0; fi
read -r prompt
cat '${said}'
cat >/dev/null
`,
  );
  chmodSync(path, 0o755);
  return path;
}

const web = webOf({
  workers: {
    cleo: { driver: 'claude', command: [recorded('claude-edits')] },
    cara: { driver: 'claude', command: [recorded('claude-talk-works')] },
  },
});

const spent = async (): Promise<readonly { key: string; cost_micros: number; output_tokens: number }[]> => {
  const { usage } = await web().api('GET', '/boards/default/usage?by=profile');
  return usage as { key: string; cost_micros: number; output_tokens: number }[];
};

it('shows what the agent said, thought, called and changed, and what it cost', async () => {
  const edits = await web().task({ title: 'Count up', assignee: 'cleo', max_retries: 1 });
  const works = await web().task({ title: 'Work the board', assignee: 'cara', max_retries: 1 });
  await until(
    'both have spent something',
    async () => (await spent()).filter(({ cost_micros }) => cost_micros > 0).length === 2,
    20_000,
  );
  const page = await web().open(`#/board/default?task=default:${works}`);
  await page.getByRole('tab', { name: 'Runs' }).click();
  await page.getByRole('tab', { name: 'Transcript' }).click();
  const output = page.getByRole('region', { name: 'Output' });
  await output.getByText('A session with claude-').first().waitFor();
  await output.getByText('I look at the task.').first().waitFor();
  await output.getByText('The turn is over: finished.').first().waitFor();
  await output.getByText('I look first.').first().waitFor();
  await output.getByText('kanban_show · done').first().waitFor();
  await output.getByText('All done.').first().waitFor();
  await page
    .getByRole('cell', { name: /tokens in, .* out · \$0\.\d{3}/ })
    .first()
    .waitFor();
  await page.goto(`${web().url}/#/board/default?task=default:${edits}`);
  await page.getByRole('tab', { name: 'Runs' }).click();
  await page.getByRole('tab', { name: 'Transcript' }).click();
  const change = output.locator('details', { hasText: 'count.txt' }).last();
  await change.locator('summary').click();
  await change.locator('pre').waitFor();
  expect(await change.locator('pre').innerText()).not.toBe('');
  await output
    .getByText(/\$0\.\d{3}/)
    .first()
    .waitFor();
  const figures = await spent();
  expect(figures.map(({ key }) => key).sort()).toEqual(['cara', 'cleo']);
  expect(figures.every(({ output_tokens }) => output_tokens > 0)).toBe(true);
}, 60_000);
