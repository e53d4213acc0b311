import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { drag } from './drag.ts';
import { webOf } from './web.ts';

/** The board divided into rows, and filters that are kept. */

const web = webOf({
  workers: { ada: 'wait_for never', bob: 'wait_for never' },
});

const wide = { viewport: { width: 2500, height: 1000 } };
let boards = 0;

async function fresh(rows: string): Promise<{ board: string; page: Page }> {
  boards += 1;
  const board = `l${boards}`;
  await web().api('POST', '/boards', { slug: board });
  // Nobody starts anything: what is moved here has to stay where it was put.
  await web().api('POST', `/boards/${board}/pauses`, { scope: 'board' });
  const page = await web().open(`#/board/${board}`, wide);
  await page.getByRole('button', { name: 'Rows and columns' }).click();
  await page.getByRole('menuitem', { name: rows }).click();
  return { board, page };
}

const cardIn = (page: Page, lane: string, status: string, title: string): Locator =>
  page.locator(`[data-lane="${lane}"] [data-column="${status}"] article`, { hasText: title });

const dragTo = (page: Page, card: Locator, to: Locator): Promise<void> => drag(page, card, to, { x: 60 });

const fieldsOf = async (board: string, id: string): Promise<Record<string, unknown>> => {
  const { task } = await web().api('GET', `/boards/${board}/tasks/${id}`);
  return Object.fromEntries(Object.entries(Object(task)));
};

describe('rows by profile', () => {
  it('show whose card it is, once, and give it to somebody else by dragging', async () => {
    const { board, page } = await fresh('A row per profile');
    const id = await web().task({ title: 'Passed on', assignee: 'ada' }, board);
    await cardIn(page, 'ada', 'ready', 'Passed on').waitFor();
    await dragTo(
      page,
      cardIn(page, 'ada', 'ready', 'Passed on'),
      page.locator('[data-lane="bob"] [data-column="todo"]'),
    );
    await cardIn(page, 'bob', 'todo', 'Passed on')
      .or(cardIn(page, 'bob', 'ready', 'Passed on'))
      .waitFor();
    expect(await page.locator('article', { hasText: 'Passed on' }).count()).toBe(1);
    await until('it is stored', async () => (await fieldsOf(board, id))['assignee'] === 'bob');
  });

  it('are worked by keys: the card goes down a row and keeps the focus, and by its menu', async () => {
    const { board, page } = await fresh('A row per profile');
    const id = await web().task({ title: 'By key', assignee: 'ada' }, board);
    await cardIn(page, 'ada', 'ready', 'By key').locator('a').focus();
    await page.keyboard.press('Shift+ArrowDown');
    await cardIn(page, 'bob', 'ready', 'By key').waitFor();
    await until('it is stored', async () => (await fieldsOf(board, id))['assignee'] === 'bob');
    await until('it has the focus', async () => (await page.locator(':focus').innerText()) === 'By key');
    await page.keyboard.press('m');
    await page.getByRole('menuitem', { name: 'Give to Nobody' }).click();
    await cardIn(page, 'none', 'ready', 'By key').waitFor();
    await until('it is nobody’s', async () => (await fieldsOf(board, id))['assignee'] === null);
  });

  it('are walked through from card to card', async () => {
    const { board, page } = await fresh('A row per profile');
    await web().task({ title: 'Ada’s', assignee: 'ada' }, board);
    await web().task({ title: 'Bob’s', assignee: 'bob' }, board);
    await cardIn(page, 'bob', 'ready', 'Bob’s').waitFor();
    await cardIn(page, 'ada', 'ready', 'Ada’s').locator('a').focus();
    await page.keyboard.press('ArrowDown');
    await until('the row below has it', async () => (await page.locator(':focus').innerText()) === 'Bob’s');
    await page.keyboard.press('ArrowUp');
    await until('the row above has it', async () => (await page.locator(':focus').innerText()) === 'Ada’s');
  });

  it('bring a card back that cannot be given away, with the reason', async () => {
    const { board, page } = await fresh('A row per profile');
    const id = await web().task({ title: 'At work', assignee: 'ada' }, board);
    await web().home.andon('--board', board, 'claim', id);
    await cardIn(page, 'ada', 'running', 'At work').waitFor();
    await dragTo(
      page,
      cardIn(page, 'ada', 'running', 'At work'),
      page.locator('[data-lane="bob"] [data-column="running"]'),
    );
    await page.getByRole('alert').getByText('“At work” was not moved').waitFor();
    await cardIn(page, 'ada', 'running', 'At work').waitFor();
    expect((await fieldsOf(board, id))['assignee']).toBe('ada');
  });

  it('take a new card for the one whose row it is, and fold', async () => {
    const { page } = await fresh('A row per profile');
    await page.getByRole('button', { name: 'New task in Ready, bob' }).click({ force: true });
    await page.getByLabel('Title of the new task').fill('For bob');
    await page.keyboard.press('Enter');
    await cardIn(page, 'bob', 'ready', 'For bob').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'bob', expanded: true }).click();
    await cardIn(page, 'bob', 'ready', 'For bob').waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('button', { name: 'bob', expanded: false }).click();
    await cardIn(page, 'bob', 'ready', 'For bob').waitFor();
    await page.locator('h1').click();
    await page.keyboard.press('n');
    await page.getByLabel('Title of the new task').fill('For nobody');
    await page.keyboard.press('Enter');
    await cardIn(page, 'none', 'ready', 'For nobody').waitFor();
  });
});

describe('rows by tenant', () => {
  it('show those of no tenant too, and let a card be moved only within its row', async () => {
    const { board, page } = await fresh('A row per tenant');
    const id = await web().task({ title: 'Of docs', tenant: 'docs' }, board);
    await web().task({ title: 'Of nobody' }, board);
    await web().task({ title: 'Of core', tenant: 'core' }, board);
    await cardIn(page, 'none', 'ready', 'Of nobody').waitFor();
    await cardIn(page, 'core', 'ready', 'Of core').waitFor();
    const card = cardIn(page, 'docs', 'ready', 'Of docs');
    await dragTo(page, card, page.locator('[data-lane="core"] [data-column="done"]'));
    await card.waitFor();
    await dragTo(page, card, page.locator('[data-lane="docs"] [data-column="done"]'));
    await cardIn(page, 'docs', 'done', 'Of docs').waitFor();
    await until('it is stored', async () => (await fieldsOf(board, id))['status'] === 'done');
    expect((await fieldsOf(board, id))['tenant']).toBe('docs');
  });
});

it('a filter is kept under its name, found again after a reload, and forgotten', async () => {
  await web().task({ title: 'Bulk one' });
  await web().task({ title: 'Another' });
  const page = await web().open('#/board/default?title=bulk');
  await page.getByRole('button', { name: 'Filters' }).click();
  await page.getByRole('menuitem', { name: 'Save this filter' }).click();
  await page.getByRole('textbox', { name: 'Name of this filter' }).fill('Bulky');
  await page.keyboard.press('Enter');
  await page.goto(`${web().url}/#/board/default`);
  await page.reload();
  await page.locator('article', { hasText: 'Another' }).waitFor();
  await page.getByRole('button', { name: 'Filters' }).click();
  await page.getByRole('menuitem', { name: 'Bulky', exact: true }).click();
  await page.locator('article', { hasText: 'Another' }).waitFor({ state: 'detached' });
  await page.locator('article', { hasText: 'Bulk one' }).waitFor();
  expect(page.url()).toContain('title=bulk');
  await page.getByRole('button', { name: 'Filters' }).click();
  await page.getByRole('menuitem', { name: 'Forget “Bulky”' }).click();
  await page.goto(`${web().url}/#/board/default`);
  await page.reload();
  await page.locator('article', { hasText: 'Another' }).waitFor();
  expect(await page.getByRole('button', { name: 'Filters' }).count()).toBe(0);
});
