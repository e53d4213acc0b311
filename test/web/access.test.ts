import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { furnish } from './furnish.ts';
import { pictures } from './pictures.ts';
import { webOf } from './web.ts';

/** Every page, light and dark, wide and narrow, by the rules of WCAG AA as far as a program can check them. */

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const web = webOf(furnish.options);

async function violations(page: Page): Promise<string[]> {
  // By the protocol of the browser: the page's policy lets no foreign script in.
  await page.evaluate(axe);
  const found: unknown = await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] })
      .then(({ violations }) => violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ' ' + failureSummary)))`,
  );
  return Array.isArray(found) ? found.map(String) : ['axe gave no list'];
}

describe('every page', () => {
  it('breaks no rule that can be checked', async () => {
    const ids = await furnish.board(web());
    const wide = await web().open('#/board/default', { colorScheme: 'light', reducedMotion: 'reduce' });
    const narrow = await web().open('#/board/default', {
      colorScheme: 'dark',
      reducedMotion: 'reduce',
      viewport: { width: 390, height: 844 },
    });
    const all = async (page: Page, look: string): Promise<string[]> => {
      const found: string[] = [];
      for (const { name, place, ready, prepare, wide: onlyWide } of pictures(ids)) {
        if (onlyWide && page === narrow) continue;
        await page.goto(`${web().url}/${place}`);
        await page.locator(ready).first().waitFor();
        await prepare?.(page);
        found.push(...(await violations(page)).map((violation) => `${name} ${look}: ${violation}`));
      }
      return found;
    };
    expect((await Promise.all([all(wide, 'light'), all(narrow, 'dark')])).flat()).toEqual([]);
  }, 60_000);
});
