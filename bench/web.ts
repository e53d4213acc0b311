import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../test/web/chromium.ts';
import { startWeb, type Web } from '../test/web/web.ts';

/** Measures the web board in a real browser; it prints figures and judges none. `npm run bench:web` */

const sizes = [100, 10_000];
const assets = join(import.meta.dirname, '..', 'dist', 'web', 'assets');

/** What a first look at the board fetches, against what comes only when it is asked for. */
function bytes(loaded: ReadonlySet<string>): void {
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  const pressed = (name: string): number => gzipSync(readFileSync(join(assets, name)), { level: 9 }).length;
  const sum = (names: readonly string[]): string =>
    `${(names.reduce((all, name) => all + pressed(name), 0) / 1024).toFixed(1)} kB`;
  const first = scripts.filter((name) => loaded.has(name));
  const later = scripts.filter((name) => !loaded.has(name));
  console.log(`JavaScript, gzip: ${sum(first)} on the first load, ${sum(later)} when asked for`);
}

async function fill(web: Web, count: number): Promise<void> {
  for (let from = 0; from < count; from += 50) {
    const some = Array.from({ length: Math.min(50, count - from) }, (_, index) => from + index);
    await Promise.all(
      some.map((number) =>
        web.task({
          title: `Task ${number} of ${count}: move the numbers`,
          priority: number % 7,
          triage: number % 3 === 0,
        }),
      ),
    );
  }
}

async function load(web: Web): Promise<{ page: Page; loaded: Set<string> }> {
  const page = await web.open('#/inbox', { viewport: { width: 2500, height: 1000 } });
  const loaded = new Set<string>();
  page.on('request', (request) => loaded.add(request.url().split('/').at(-1) ?? ''));
  await page.goto('about:blank');
  const begun = performance.now();
  await page.goto(`${web.url}/#/board/default`);
  await page.locator('[data-card]').first().waitFor();
  const ready = performance.now() - begun;
  const paint = await page.evaluate(
    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1",
  );
  console.log(
    `  first contentful paint ${Number(paint).toFixed(0)} ms, cards to work with after ${ready.toFixed(0)} ms`,
  );
  return { page, loaded };
}

const framesOf = `new Promise((resolve) => {
  const times = []; let last = performance.now(); const end = last + 1500;
  const step = (now) => { times.push(now - last); last = now; if (now < end) requestAnimationFrame(step); else resolve(times); };
  requestAnimationFrame(step);
})`;

/** Frame times while a card is carried over the board. */
async function dragging(page: Page): Promise<void> {
  const box = await page.locator('[data-column="ready"] [data-card]').first().boundingBox();
  if (box === null) return;
  await page.mouse.move(box.x + 50, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + 70, box.y + 40, { steps: 3 });
  const measured = page.evaluate(framesOf);
  for (let step = 0; step < 60; step += 1) {
    await page.mouse.move(300 + step * 30, 200 + (step % 20) * 20);
    await page.waitForTimeout(16);
  }
  const times = ((await measured) as number[]).toSorted((one, other) => one - other);
  await page.keyboard.press('Escape');
  await page.mouse.up();
  const at = (part: number): string => (times[Math.floor(part * (times.length - 1))] ?? 0).toFixed(1);
  console.log(`  a frame while dragging: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1)} ms`);
}

/** From another process's write to the card on the screen. */
async function latency(web: Web, page: Page): Promise<void> {
  const delays: number[] = [];
  for (let round = 0; round < 15; round += 1) {
    const title = `Written ${round} at ${Date.now()}`;
    const seen = page.locator('[data-card]', { hasText: title }).waitFor();
    const begun = performance.now();
    await web.task({ title, priority: 100 + round });
    await seen;
    delays.push(performance.now() - begun);
    await page.waitForTimeout(250);
  }
  const sorted = delays.toSorted((one, other) => one - other);
  console.log(
    `  from a write to its card: median ${sorted[7]?.toFixed(0)} ms, longest ${sorted.at(-1)?.toFixed(0)} ms`,
  );
}

const heap = async (page: Page): Promise<number> => {
  const protocol = await page.context().newCDPSession(page);
  await protocol.send('HeapProfiler.collectGarbage');
  const { usedSize } = await protocol.send('Runtime.getHeapUsage');
  await protocol.detach();
  return usedSize / 1024 / 1024;
};

const perSecond = 2;
const anHour = 3600;
const atOnce = 40;

/** What the page keeps: queries that it has cached, and elements on the page. */
const kept = (page: Page): Promise<unknown> => page.evaluate('document.querySelectorAll("*").length');

/** So many seconds of a busy board, as fast as they come: words of one task change, others are made and archived. */
async function busy(web: Web, seconds: number, id: string): Promise<void> {
  const events = seconds * perSecond;
  for (let first = 0; first < events; first += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, events - first) }, (_, index) => first + index);
    await Promise.all(
      some.map(async (number) => {
        if (number % 4 !== 0)
          return web.api('PATCH', `/boards/default/tasks/${id}`, { priority: number % 90 });
        const made = await web.task({ title: `Passing by ${number}`, triage: true });
        return web.api('POST', `/boards/default/tasks/${made}/archive`);
      }),
    );
  }
}

/** An hour of events, while somebody goes from page to page and leaves a task open. */
async function memory(web: Web, page: Page): Promise<void> {
  const id = await web.task({ title: 'Talked about for an hour' });
  await page.goto(`${web.url}/#/board/default?task=default:${id}`);
  await page.locator('aside h3').first().waitFor();
  const lines: string[] = [];
  const look = async (when: string): Promise<void> => {
    await page.waitForTimeout(3000);
    lines.push(`${(await heap(page)).toFixed(1)} MB ${when} (${String(await kept(page))} elements)`);
  };
  await look('before');
  for (const half of ['after half an hour', 'after an hour']) {
    await busy(web, anHour / 2, id);
    for (const place of ['inbox', 'operate', 'timeline/default', 'flow/default']) {
      await page.goto(`${web.url}/#/${place}`);
      await page.waitForTimeout(500);
    }
    await page.goto(`${web.url}/#/board/default?task=default:${id}`);
    await page.locator('aside h3').first().waitFor();
    await look(half);
  }
  console.log(`  memory of scripts, ${anHour * perSecond} calls: ${lines.join(', ')}`);
}

async function measure(browser: Browser, count: number): Promise<void> {
  const settings = { http: { port: 0, requests_per_second: 100_000 } };
  const web = await startWeb(browser, { settings }, (trouble) => console.error(trouble));
  try {
    await fill(web, count);
    console.log(`${count} tasks`);
    const { page, loaded } = await load(web);
    await dragging(page);
    await latency(web, page);
    if (count === sizes[0]) {
      bytes(loaded);
      await memory(web, page);
    }
  } finally {
    await web.end();
  }
}

const browser = await startBrowser();
try {
  for (const count of sizes) await measure(browser, count);
} finally {
  await browser.close();
}
