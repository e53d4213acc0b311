import type { Locator, Page } from 'playwright-core';

/** Where inside a place a card is let go, in pixels from its corner; down to its middle unless said. */
interface Spot {
  readonly x: number;
  readonly y?: number;
}

/** Drags a card to a place with the mouse, as a hand does. */
export async function drag(page: Page, card: Locator, to: Locator, { x, y }: Spot): Promise<void> {
  const from = await card.boundingBox();
  const there = await to.boundingBox();
  if (from === null || there === null) throw new Error('One of them is not on the page.');
  await page.mouse.move(from.x + 60, from.y + 20);
  await page.mouse.down();
  await page.mouse.move(from.x + 80, from.y + 30, { steps: 4 });
  await page.mouse.move(there.x + x, there.y + (y ?? there.height / 2), { steps: 8 });
  await page.mouse.up();
}
