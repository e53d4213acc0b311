import type { Page } from 'playwright-core';
import type { Furnished } from './furnish.ts';

/** Every page there is: what is looked at, and when it is there. The pictures and the checks of each page go by this list. */
export interface Picture {
  readonly name: string;
  readonly place: string;
  /** A selector of what is there once the page is. */
  readonly ready: string;
  readonly prepare?: (page: Page) => Promise<void>;
  /** A phone shows it in another way. */
  readonly wide?: true;
}

export const pictures = (ids: Furnished): readonly Picture[] => [
  { name: 'board', place: '#/board/default', ready: '[data-card]' },
  { name: 'task', place: `#/board/default?task=default:${ids.shown}`, ready: 'aside h3' },
  {
    name: 'runs',
    place: `#/board/default?task=default:${ids.failed}`,
    ready: 'aside h3',
    prepare: async (page) => {
      await page.getByRole('tab', { name: 'Runs' }).click();
      await page.locator('aside pre').waitFor();
    },
  },
  {
    name: 'changes',
    place: `#/board/default?task=default:${ids.review}`,
    ready: 'aside h3',
    prepare: async (page) => {
      await page.getByRole('tab', { name: 'Changes' }).click();
      await page.locator('aside table').first().waitFor();
    },
  },
  { name: 'inbox', place: '#/inbox', ready: 'main ul' },
  { name: 'review', place: '#/review', ready: 'main table' },
  { name: 'operate', place: '#/operate', ready: '[aria-label="Doctor"] li, [aria-label="Doctor"] p' },
  {
    name: 'palette',
    place: '#/board/default',
    ready: '[data-card]',
    prepare: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('option').first().waitFor();
    },
  },
  {
    name: 'shortcuts',
    place: '#/inbox',
    ready: 'main ul',
    prepare: async (page) => {
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    },
  },
  { name: 'graph', place: '#/graph/default', ready: '.react-flow__node' },
  { name: 'timeline', place: '#/timeline/default', ready: 'main section a' },
  { name: 'flow', place: '#/flow/default', ready: '[data-plot] canvas' },
  {
    // The last one: the page stays so.
    name: 'lanes',
    wide: true,
    place: '#/board/default',
    ready: '[data-card]',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Rows and columns' }).click();
      await page.getByRole('menuitem', { name: 'A row per profile' }).click();
      await page.locator('[data-lane] [data-card]').first().waitFor();
    },
  },
];
