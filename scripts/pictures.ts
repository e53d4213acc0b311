import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startBrowser } from '../test/web/chromium.ts';
import { furnish } from '../test/web/furnish.ts';
import { type Picture, pictures } from '../test/web/pictures.ts';
import { startWeb } from '../test/web/web.ts';

/** Writes pictures of each page to `artifacts/web`: light, dark, and at the width of a phone. `npm run pictures` */

const folder = join(import.meta.dirname, '..', 'artifacts', 'web');
mkdirSync(folder, { recursive: true });

const looks = {
  light: { colorScheme: 'light', viewport: { width: 1920, height: 1000 } },
  dark: { colorScheme: 'dark', viewport: { width: 1920, height: 1000 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
} as const;

const browser = await startBrowser();
const web = await startWeb(browser, furnish.options, (trouble) => console.error(trouble));
try {
  const ids = await furnish.board(web);
  const only = process.argv.slice(2);
  for (const [look, options] of Object.entries(looks)) {
    const page = await web.open('#/board/default', options);
    for (const picture of pictures(ids)) {
      if (picture.wide && look === 'phone') continue;
      if (only.length === 0 || only.includes(picture.name)) await take(page, picture, look);
    }
    await page.context().close();
  }
} finally {
  await web.end();
  await browser.close();
}

async function take(page: Page, { name, place, ready, prepare }: Picture, look: string): Promise<void> {
  await page.goto(`${web.url}/${place}`);
  await page.locator(ready).first().waitFor();
  await prepare?.(page);
  await page.waitForTimeout(400);
  await page.screenshot({ path: join(folder, `${name}-${look}.png`) });
}
