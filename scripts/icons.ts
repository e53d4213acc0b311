import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBrowser } from '../test/web/chromium.ts';

/** Draws the icons of the installed page out of `icon.svg`; they are committed. `npm run icons` */

const folder = join(import.meta.dirname, '..', 'web', 'public');
const drawing = readFileSync(join(folder, 'icon.svg'), 'utf8');
/** A system cuts its own shape out of a maskable icon: what is to be seen stays within the middle 80 %. */
const ground = drawing.match(/fill="(#[0-9a-f]{6})"/)?.[1] ?? 'black';

const icons = [
  { name: 'icon-192', size: 192, inset: 0, background: 'transparent' },
  { name: 'icon-512', size: 512, inset: 0, background: 'transparent' },
  { name: 'icon-maskable', size: 512, inset: 10, background: ground },
];

const browser = await startBrowser();
try {
  for (const { name, size, inset, background } of icons) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(
      `<style>body{margin:0;background:${background}}svg{position:fixed;inset:${inset}%;width:${100 - 2 * inset}%}</style>${drawing}`,
    );
    await page.screenshot({ path: join(folder, `${name}.png`), omitBackground: true });
    await page.close();
  }
} finally {
  await browser.close();
}
