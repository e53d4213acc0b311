import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { webOf } from './web.ts';

/** The panel of a task in a real browser. */

const web = webOf({
  workers: { mia: 'andon block "$ANDON_TASK" "Which format?" --kind needs_input' },
});

const open = (id: string): Promise<Page> => web().open(`#/board/default?task=default:${id}`);
const taskOf = async (id: string): Promise<unknown> =>
  (await web().api('GET', `/boards/default/tasks/${id}`))['task'];

describe('the panel of a task', () => {
  it('edits title, description and priority where they stand', async () => {
    const id = await web().task({ title: 'Old title' });
    const page = await open(id);
    const title = page.getByRole('textbox', { name: 'Title', exact: true });
    await title.fill('New title');
    await title.press('Enter');
    await page.getByRole('button', { name: 'Add a description' }).click();
    await page.getByRole('textbox', { name: 'Description' }).fill('It is **bold**.');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('aside strong', { hasText: 'bold' }).waitFor();
    await page.getByRole('spinbutton').fill('4');
    await page.keyboard.press('Enter');
    await until('it is stored', async () => Reflect.get(Object(await taskOf(id)), 'priority') === 4);
    expect(await taskOf(id)).toMatchObject({ title: 'New title', body: 'It is **bold**.', priority: 4 });
  });

  it('tells why a task does not run, and its button helps', async () => {
    const id = await web().task({ title: 'Ask first', assignee: 'mia' });
    const page = await open(id);
    await page
      .getByText(/It has been blocked for .* by missing input: Which format\?/)
      .waitFor({ timeout: 15_000 });
    await web().api('PATCH', `/boards/default/tasks/${id}`, { assignee: null });
    await page.getByRole('button', { name: 'Unblock', exact: true }).click();
    await page
      .getByText(/Nobody is assigned|no assignee|assigned/i)
      .first()
      .waitFor();
    await until('it is ready', async () => Reflect.get(Object(await taskOf(id)), 'status') === 'ready');
  });

  it('answers the question of a blocked task, and lets it go on', async () => {
    const id = await web().task({ title: 'Which one' });
    await web().api('POST', `/boards/default/tasks/${id}/block`, { reason: 'Which format?' });
    const page = await open(id);
    await page.getByRole('textbox', { name: /Write a comment/ }).fill('The CSV one.');
    await page.getByRole('button', { name: 'Answer and unblock' }).click();
    await until('it is ready', async () => Reflect.get(Object(await taskOf(id)), 'status') === 'ready');
    await page.getByRole('complementary').getByText('The CSV one.').waitFor();
  });

  it('links a task that is found by its title, and cuts the link again', async () => {
    const parent = await web().task({ title: 'Quarry the marble' });
    const id = await web().task({ title: 'Carve the statue' });
    const page = await open(id);
    await page.getByRole('button', { name: 'Add a task that it waits for' }).click();
    await page.getByRole('textbox', { name: 'Add a task that it waits for' }).fill('quarry');
    await page
      .getByRole('complementary')
      .getByRole('button', { name: /Quarry the marble/ })
      .click();
    await page.getByText(`It waits for ${parent} (ready).`).waitFor();
    await page.getByRole('button', { name: `Unlink ${parent}` }).click({ force: true });
    await until('it waits no more', async () => Reflect.get(Object(await taskOf(id)), 'status') === 'ready');
  });

  it('takes comments and files, and shows what happened with who did it', async () => {
    const id = await web().task({ title: 'Talk about it' });
    const page = await open(id);
    await page.getByRole('textbox', { name: /Write a comment/ }).fill('See `a.txt`.');
    await page.keyboard.press('Control+Enter');
    await page.locator('aside code', { hasText: 'a.txt' }).waitFor();
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('one two') });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'a.txt' }).click(),
    ]);
    expect(readFileSync(await download.path(), 'utf8')).toBe('one two');
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByRole('tabpanel').getByText('commented').waitFor();
    expect(await page.getByRole('tabpanel').getByText('by user').count()).toBeGreaterThan(0);
  });
});
