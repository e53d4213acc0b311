import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { webOf } from './web.ts';

/** The pages around the board, by mouse and by key. */

const web = webOf({
  workers: {
    rex: 'andon request-review "$ANDON_TASK" --reviewer kim --summary "Ready: **have a look**."',
    mia: 'andon block "$ANDON_TASK" "Which format?" --kind needs_input',
  },
});

const statusOf = async (id: string): Promise<unknown> => {
  const { task } = await web().api('GET', `/boards/default/tasks/${id}`);
  return Reflect.get(Object(task), 'status');
};
const reaches = (id: string, status: string) =>
  until(`${id} is ${status}`, async () => (await statusOf(id)) === status);
const at = (page: Page): string => decodeURIComponent(new URL(page.url()).hash);

describe('the pages', () => {
  it('selected cards are done with at once, and each that refuses says why', async () => {
    const first = await web().task({ title: 'Bulk one' });
    await web().task({ title: 'Bulk two' });
    await web().task({ title: 'Bulk three', parents: [first] });
    const page = await web().open('#/board/default?title=bulk', { viewport: { width: 2500, height: 900 } });
    await page.locator('article a', { hasText: 'Bulk one' }).click({ modifiers: ['Shift'] });
    await page.locator('article a', { hasText: 'Bulk two' }).click({ modifiers: ['Shift'] });
    await page.getByRole('region', { name: '2 selected' }).waitFor();
    await page.locator('article a', { hasText: 'Bulk three' }).focus();
    await page.keyboard.press('x');
    const bar = page.getByRole('region', { name: '3 selected' });
    await bar.getByRole('button', { name: 'Move to' }).click();
    await page.getByRole('menuitem', { name: 'Ready' }).click();
    await page
      .getByRole('alert')
      .getByText(new RegExp(`Bulk|${first}|wait`))
      .first()
      .waitFor();
    await page
      .getByRole('region', { name: /selected/ })
      .getByText(/refused/)
      .waitFor();
    await page.keyboard.press('Escape');
  });

  it('the inbox has what waits for a person, on all boards', async () => {
    await web().api('POST', '/boards', { slug: 'website', name: 'Website' });
    await web().task({ title: 'Footer is crooked', triage: true }, 'website');
    const id = await web().task({ title: 'Needs a word', assignee: 'mia' });
    await reaches(id, 'blocked');
    const page = await web().open('#/inbox');
    await page.getByRole('region', { name: 'Triage' }).getByText('Footer is crooked').waitFor();
    const row = page.getByRole('region', { name: 'Blocked' }).getByRole('link', { name: /Needs a word/ });
    await row.getByText('needs an answer').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: `Task ${id}` }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').waitFor({ state: 'detached' });
  });

  it('reviews are answered by keys alone', async () => {
    const one = await web().task({ title: 'Review one', assignee: 'rex', priority: 2 });
    const two = await web().task({ title: 'Review two', assignee: 'rex', priority: 1 });
    await reaches(one, 'review');
    await reaches(two, 'review');
    const page = await web().open('#/board/default');
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByRole('heading', { name: 'Review one' }).waitFor();
    await page.locator('main strong', { hasText: 'have a look' }).waitFor();
    await page.keyboard.press('a');
    await reaches(one, 'done');
    await page.getByRole('heading', { name: 'Review two' }).waitFor();
    await page.keyboard.press('c');
    await page.keyboard.type('Please add a test.');
    await page.keyboard.press('Control+Enter');
    await until('it went back to rex', async () => {
      const { events } = await web().api('GET', `/boards/default/tasks/${two}/events`);
      return JSON.stringify(events).includes('Please add a test.');
    });
  });

  it('the palette goes, finds and does; the sheet names the keys', async () => {
    const id = await web().task({ title: 'Zebra crossing' });
    const page = await web().open('#/board/default');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('zebra');
    await page.getByRole('option', { name: /Zebra crossing/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: `Task ${id}` }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('archive');
    await page.keyboard.press('Enter');
    await reaches(id, 'archived');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('operate');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Operate' }).waitFor();
    expect(at(page)).toBe('#/operate');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor({ state: 'detached' });
  });

  it('operate shows who dispatches, and pauses and resumes a board', async () => {
    const page = await web().open('#/operate');
    await page.getByRole('region', { name: 'Dispatcher' }).getByText('default dispatches').waitFor();
    await page.getByRole('region', { name: 'Agents' }).getByText('rex').waitFor();
    const pauses = page.getByRole('region', { name: 'Pauses and rests' });
    await pauses.getByRole('textbox', { name: 'Reason' }).fill('Moving house');
    await pauses.getByRole('button', { name: 'Pause board' }).click();
    await pauses.getByText('Moving house').waitFor();
    expect(await web().api('GET', '/boards/default/pauses')).toMatchObject({
      pauses: [{ reason: 'Moving house' }],
    });
    await pauses.getByRole('button', { name: 'Resume' }).click();
    await pauses.getByText('Nothing is paused').waitFor();
    await page.getByRole('region', { name: 'Doctor' }).waitFor();
  });

  it('graph, timeline and flow draw the board, and their code comes only then', async () => {
    const parent = await web().task({ title: 'Foundation' });
    const child = await web().task({ title: 'Walls', parents: [parent] });
    await web().task({ title: 'Roof', parents: [child] });
    const page = await web().open('#/board/default');
    const scripts: string[] = [];
    page.on('request', (request) => scripts.push(request.url()));
    await page.getByRole('link', { name: 'Graph' }).click();
    await page.locator('.react-flow__node', { hasText: 'Roof' }).waitFor();
    await page.getByText('The longest chain has 3 open tasks.').waitFor();
    expect(scripts.some((url) => /graph-.*\.js$/.test(url))).toBe(true);
    await page.locator('.react-flow__node', { hasText: 'Walls' }).click();
    await page.getByRole('complementary', { name: `Task ${child}` }).waitFor();
    await page.getByRole('link', { name: 'Timeline' }).click();
    await page.getByRole('region', { name: 'rex' }).getByRole('link').first().waitFor();
    await page.getByRole('link', { name: 'Flow' }).click();
    await page.locator('[data-plot] canvas').first().waitFor();
    await page.getByRole('row', { name: /^Created/ }).waitFor({ state: 'attached' });
  });
});
