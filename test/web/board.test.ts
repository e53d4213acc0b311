import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { drag } from './drag.ts';
import { webOf } from './web.ts';

/** The board in a real browser, against a real gateway. */

const web = webOf({ workers: { ada: 'wait_for go; andon complete "$ANDON_TASK" --summary "Counted."' } });

/** Every column is in view. */
const wide = { viewport: { width: 2500, height: 900 } };

let boards = 0;
/** A board of its own for a test. */
async function fresh(): Promise<string> {
  boards += 1;
  const slug = `b${boards}`;
  await web().api('POST', '/boards', { slug });
  return slug;
}

const column = (page: Page, status: string): Locator => page.locator(`[data-column="${status}"]`);
const cardIn = (page: Page, status: string, title: string): Locator =>
  column(page, status).locator('article', { hasText: title });
const count = (page: Page, status: string): Promise<string> =>
  page.locator(`[data-count="${status}"]`).innerText();

const dragTo = (page: Page, card: Locator, to: Locator): Promise<void> =>
  drag(page, card, to, { x: 100, y: 120 });

describe('the board', () => {
  it('creates a card, shows what others write, and counts', async () => {
    const board = await fresh();
    const page = await web().open(`#/board/${board}`, wide);
    await column(page, 'ready').getByRole('button', { name: 'New task in Ready' }).click();
    await page.getByLabel('Title of the new task').fill('Water the plants');
    await page.keyboard.press('Enter');
    await cardIn(page, 'ready', 'Water the plants').waitFor();
    await page.keyboard.press('Escape');
    await web().home.andon('--board', board, 'create', 'From another process', '--triage');
    await cardIn(page, 'triage', 'From another process').waitFor();
    expect([await count(page, 'ready'), await count(page, 'triage')]).toEqual(['1', '1']);
  });

  it('moves a card that is dragged, and tells others at once', async () => {
    const board = await fresh();
    await web().task({ title: 'Dragged' }, board);
    const one = await web().open(`#/board/${board}`, wide);
    const other = await web().open(`#/board/${board}`, wide);
    await cardIn(other, 'ready', 'Dragged').waitFor();
    await cardIn(one, 'ready', 'Dragged').waitFor();
    await dragTo(one, cardIn(one, 'ready', 'Dragged'), column(one, 'done'));
    await cardIn(other, 'done', 'Dragged').waitFor();
    const delays: number[] = [];
    for (const title of ['One', 'Two', 'Three']) {
      const begun = performance.now();
      await web().task({ title }, board);
      await cardIn(other, 'ready', title).waitFor();
      delays.push(performance.now() - begun);
    }
    console.info(
      `From a write to the other browser: ${delays.map((delay) => `${delay.toFixed(0)} ms`).join(', ')}`,
    );
    // Nothing waits for the page's own timer, the shortest of which is five seconds.
    expect(Math.min(...delays)).toBeLessThan(4000);
  });

  it('brings a card back whose move is refused, with the sentence', async () => {
    const board = await fresh();
    const parent = await web().task({ title: 'First' }, board);
    await web().task({ title: 'Second', parents: [parent] }, board);
    const page = await web().open(`#/board/${board}`, wide);
    await dragTo(page, cardIn(page, 'todo', 'Second'), column(page, 'ready'));
    await page.getByRole('alert').getByText('“Second” was not moved').waitFor();
    await page.getByText(new RegExp(parent)).first().waitFor();
    await cardIn(page, 'todo', 'Second').waitFor();
    expect(await count(page, 'ready')).toBe('1');
  });

  it('is worked by keys alone: go, move, open, close', async () => {
    const board = await fresh();
    await web().task({ title: 'Alpha', triage: true }, board);
    await web().task({ title: 'Beta' }, board);
    const page = await web().open(`#/board/${board}`, wide);
    await cardIn(page, 'ready', 'Beta').waitFor();
    await page.keyboard.press('ArrowDown');
    await until('the first card has the focus', async () => (await focused(page)) === 'Alpha');
    await page.keyboard.press('ArrowRight');
    await until('the next column has it', async () => (await focused(page)) === 'Beta');
    await page.keyboard.press('m');
    await page.getByRole('menuitem', { name: 'Done' }).waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await cardIn(page, 'done', 'Beta').waitFor();
    await page.keyboard.press('Home');
    await cardIn(page, 'triage', 'Alpha').locator('a').focus();
    await page.keyboard.press('Shift+ArrowRight');
    await until('it has moved', async () => (await count(page, 'triage')) === '0');
    // Its place is drawn anew when the board has the move.
    await until(
      'it is still there',
      async () => (await count(page, 'todo')) === '1' || (await count(page, 'ready')) === '1',
    );
    await page.locator('article', { hasText: 'Alpha' }).locator('a').press('Enter');
    await page.getByRole('complementary').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').waitFor({ state: 'detached' });
  });

  it('takes back what ended a card: done by dragging, archived by its menu or with others', async () => {
    const board = await fresh();
    const id = await web().task({ title: 'Too early' }, board);
    await web().task({ title: 'With it', triage: true }, board);
    const page = await web().open(`#/board/${board}`, wide);
    const undo = async (said: string): Promise<void> => {
      await page.getByText(said).waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByText(said).waitFor({ state: 'detached' });
    };
    await dragTo(page, cardIn(page, 'ready', 'Too early'), column(page, 'done'));
    await undo('“Too early” is done now.');
    await cardIn(page, 'ready', 'Too early').waitFor();
    await cardIn(page, 'ready', 'Too early').locator('a').focus();
    await page.keyboard.press('m');
    await page.getByRole('menuitem', { name: 'Archived' }).click();
    await undo('“Too early” is archived now.');
    await cardIn(page, 'ready', 'Too early').waitFor();
    for (const [status, title] of [
      ['ready', 'Too early'],
      ['triage', 'With it'],
    ] as const) {
      await cardIn(page, status, title)
        .locator('a')
        .click({ modifiers: ['Control'] });
    }
    await page.getByRole('region', { name: '2 selected' }).getByRole('button', { name: 'Archive' }).click();
    await undo('Done for 2 tasks.');
    await cardIn(page, 'ready', 'Too early').waitFor();
    await cardIn(page, 'triage', 'With it').waitFor();
    expect(await web().api('GET', `/boards/${board}/tasks/${id}`)).toMatchObject({
      task: { status: 'ready' },
    });
  });

  it('asks why before it blocks', async () => {
    const board = await fresh();
    const id = await web().task({ title: 'Stuck' }, board);
    const page = await web().open(`#/board/${board}`, wide);
    await dragTo(page, cardIn(page, 'ready', 'Stuck'), column(page, 'blocked'));
    await page.getByRole('textbox', { name: 'Reason' }).fill('The key is missing');
    await page.getByRole('button', { name: 'Block', exact: true }).click();
    await cardIn(page, 'blocked', 'Stuck').waitFor();
    expect(await web().api('GET', `/boards/${board}/tasks/${id}/why`)).toMatchObject({ code: 'blocked' });
  });

  it('says that nobody will start what was created, in the words of the API', async () => {
    const board = await fresh();
    const page = await web().open(`#/board/${board}`, wide);
    await page.route('**/tasks', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        json: { ...(await answer.json()), warning: 'No gateway dispatches.' },
      });
    });
    await column(page, 'ready').getByRole('button', { name: 'New task in Ready' }).click();
    await page.getByLabel('Title of the new task').fill('Lonely');
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('No gateway dispatches.').waitFor();
  });

  it('finds the card by its title and by whose it is, and shows all of a long column', async () => {
    const board = await fresh();
    for (let some = 0; some < 130; some += 1) await web().task({ title: `Number ${some}` }, board);
    await web().task({ title: 'Ada’s', assignee: 'ada', triage: true }, board);
    const page = await web().open(`#/board/${board}`, wide);
    await until('they are counted', async () => (await count(page, 'ready')) === '130');
    expect(await column(page, 'ready').locator('article').count()).toBeLessThan(40);
    const list = page.locator('[data-cards="/ready"]');
    await until('the last one comes into view', async () => {
      await list.hover();
      await page.mouse.wheel(0, 5000);
      return (await cardIn(page, 'ready', 'Number 129').count()) === 1;
    });
    await page.getByRole('searchbox').fill('number 77');
    await until('only it is left', async () => (await count(page, 'ready')) === '1');
    await page.getByRole('searchbox').fill('');
    await page.getByRole('button', { name: 'Assignee' }).click();
    await page.getByRole('menuitem', { name: 'ada' }).click();
    await until('only hers is left', async () => (await count(page, 'ready')) === '0');
    expect(page.url()).toContain('assignee=ada');
    await cardIn(page, 'triage', 'Ada’s').waitFor();
  }, 90_000);
});

const focused = (page: Page): Promise<string> =>
  page
    .locator(':focus')
    .first()
    .innerText()
    .catch(() => '');
