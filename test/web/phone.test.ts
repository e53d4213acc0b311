import { expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { webOf } from './web.ts';

/** The board on a phone: one column at a time, fingers only. */

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const web = webOf();

it('shows one column, moves a card by its menu, and opens a task over all of the page', async () => {
  const id = await web().task({ title: 'Carry the bags', triage: true });
  const page = await web().open('#/board/default', phone);
  const triage = page.locator('[data-column="triage"]');
  expect((await triage.boundingBox())?.width).toBeGreaterThan(340);
  await triage.getByRole('button', { name: 'Move “Carry the bags”' }).tap();
  await page.getByRole('menuitem', { name: 'To do' }).tap();
  await page.getByRole('navigation', { name: 'Columns' }).getByRole('button', { name: 'Done' }).tap();
  await until('that column is in view', async () => {
    const done = await page.locator('[data-column="done"]').boundingBox();
    return done !== null && done.x >= 0 && done.x < 40;
  });
  await page
    .getByRole('button', { name: 'Done, 0', exact: true })
    .and(page.locator('[aria-current="true"]'))
    .waitFor();
  const todo = page.locator('[data-column="todo"], [data-column="ready"]');
  await todo.locator('article', { hasText: 'Carry the bags' }).waitFor();
  await page.locator('article a', { hasText: 'Carry the bags' }).tap();
  const panel = page.getByRole('complementary', { name: `Task ${id}` });
  await panel.waitFor();
  expect((await panel.boundingBox())?.width).toBe(390);
  await panel.getByRole('button', { name: 'Close' }).tap();
  await panel.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Navigation' }).tap();
  await page.getByRole('link', { name: 'Inbox' }).tap();
  await page.getByRole('heading', { name: 'Inbox' }).waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
});

it('a finger that scrolls takes no card up, one that holds still does', async () => {
  await web().task({ title: 'Held', triage: true });
  const page = await web().open('#/board/default', phone);
  const card = page.locator('article', { hasText: 'Held' });
  await card.waitFor();
  const box = await card.boundingBox();
  if (box === null) throw new Error('The card is not on the page.');
  const finger = await page.context().newCDPSession(page);
  const touch = (type: string, x: number, y: number) =>
    finger.send('Input.dispatchTouchEvent', {
      type: type as 'touchStart',
      touchPoints: type === 'touchEnd' ? [] : [{ x, y }],
    });
  const [x, y] = [box.x + 80, box.y + 20];
  const overlay = page.locator('[data-dnd-overlay]');
  const taken = async (): Promise<boolean> =>
    (await overlay.count()) > 0 && (await overlay.innerText()).includes('Held');
  await touch('touchStart', x, y);
  await until('it is taken up', taken);
  await touch('touchEnd', x, y);
  await until('it is let go', async () => !(await taken()));
  await touch('touchStart', x, y);
  await touch('touchMove', x - 60, y);
  await touch('touchMove', x - 120, y);
  expect(await taken()).toBe(false);
  await touch('touchEnd', x - 120, y);
});

it('goes from column to column by a swipe, and says which it shows', async () => {
  await web().task({ title: 'Swiped', triage: true });
  const page = await web().open('#/board/default', phone);
  // Another one of an earlier try may stand beside it.
  await page.locator('article', { hasText: 'Swiped' }).first().waitFor();
  const columns = page.getByRole('navigation', { name: 'Columns' });
  const shown = columns.locator('[aria-current="true"]');
  await until('the first is shown', async () =>
    (await shown.getAttribute('aria-label'))?.startsWith('Triage'),
  );
  const finger = await page.context().newCDPSession(page);
  const swipe = async (by: number): Promise<void> => {
    const from = 195 - by / 2;
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', part = 0) =>
      finger.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: type === 'touchEnd' ? [] : [{ x: from + by * part, y: 600 }],
      });
    await touch('touchStart');
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.9, 1]) await touch('touchMove', part);
    await touch('touchEnd');
  };
  /** The column that has come to rest at the edge, when the strip says that it is shown. */
  const atRest = async (): Promise<string | undefined> => {
    const said = await shown.getAttribute('aria-label');
    const column = page.getByRole('region', { name: said?.split(',')[0] ?? '', exact: true });
    const box = await column.boundingBox();
    return box !== null && box.x >= 0 && box.x < 16 ? (said ?? undefined) : undefined;
  };
  await swipe(-300);
  // A busy browser takes it for a quick one, which goes further than the next.
  await until('another one is at rest, and said to be shown', async () => {
    const column = await atRest();
    return column !== undefined && !column.startsWith('Triage');
  });
  await until('the first is back after a swipe or more', async () => {
    await swipe(300);
    await until('one is at rest', atRest);
    return (await atRest())?.startsWith('Triage');
  });
});

it('can be installed: its manifest and every icon in it are there for who is signed in', async () => {
  const page = await web().open();
  const found: unknown = await page.evaluate(`fetch('/andon.webmanifest').then((answer) => answer.json())`);
  expect(found).toMatchObject({ name: 'Andon', display: 'standalone', start_url: '/' });
  const sizes: unknown = await page.evaluate(`fetch('/andon.webmanifest')
    .then((answer) => answer.json())
    .then(({ icons }) => Promise.all(icons.map(async ({ src, sizes, purpose }) => {
      const picture = new Image();
      picture.src = src;
      await picture.decode();
      return [purpose, sizes, sizes === 'any' ? 'any' : picture.naturalWidth + 'x' + picture.naturalHeight];
    })))`);
  expect(sizes).toEqual([
    ['any', 'any', 'any'],
    ['any', '192x192', '192x192'],
    ['any', '512x512', '512x512'],
    ['maskable', '512x512', '512x512'],
  ]);
  const protocol = await page.context().newCDPSession(page);
  const { errors } = await protocol.send('Page.getAppManifest');
  expect(errors).toEqual([]);
});
