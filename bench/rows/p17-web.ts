import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { asTaskId, defaultBoard } from '../../src/domain/ids.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { startBrowser } from '../../test/web/chromium.ts';
import { startWeb, type Web } from '../../test/web/web.ts';
import { inChild, type Work } from '../harness/child.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';
import { spread } from '../harness/stats.ts';
import { watchCards } from '../soak/page.ts';

/** Another process that writes to the board now and then; gives when each task was acknowledged, by the clock of the machine. */
export const work: Work<
  { readonly path: string; readonly count: number },
  readonly (readonly [string, number])[]
> = async ({ path, count }) => {
  const kernel = createKernel(openSqliteStore({ locate: () => path }));
  const made: [string, number][] = [];
  for (let number = 0; number < count; number += 1) {
    // Important, so that it stands at the top of its column, where it is drawn.
    const answer = await kernel.create(defaultBoard, { title: `Written ${number}`, priority: 1000 + number });
    if (!answer.ok) throw new Error(answer.refusal.sentence);
    made.push([answer.value.task.id, Date.now()]);
    await pause(250);
  }
  await kernel.close();
  return made;
};

/** P17: the board in a real browser. */
export const web: Row = {
  id: 'P17',
  title: 'web board',
  goal: 'first load ≤ 250 kB gzip, interactive ≤ 1.5 s at 10,000 cards, update visible ≤ 300 ms after another process’s write',
  measure: async (bench) => {
    const browser = await startBrowser();
    try {
      const started = await startWeb(
        browser,
        { settings: { http: { port: 0, requests_per_second: 0 } } },
        (trouble) => {
          throw new Error(`The page: ${trouble}`);
        },
      );
      try {
        return await measure(bench, started);
      } finally {
        await started.end();
      }
    } finally {
      await browser.close();
    }
  },
};

async function measure(bench: Bench, web: Web): Promise<readonly Figure[]> {
  await fill(web, bench.quick ? 1900 : 10_000);
  const page = await web.open('#/inbox', { viewport: { width: 2500, height: 1000 } });
  const times: number[] = [];
  for (let round = 0; round < (bench.quick ? 1 : 3); round += 1) times.push(await timeToCards(web, page));
  const size = await firstLoad(web, page);
  const looker = await watchCards(page);
  await looker.seen();
  const input = { path: join(web.home.root, 'kanban.db'), count: bench.quick ? 5 : 20 };
  const made = await inChild<typeof input, readonly (readonly [string, number])[]>(
    bench,
    import.meta.filename,
    input,
  );
  await pause(1000);
  const seen = new Map(await looker.seen());
  const delays = made.map(([id, at]) => (seen.get(id) ?? Number.POSITIVE_INFINITY) - at);
  return [
    { name: 'First load, compressed', value: size, unit: 'kB', goal: { atMost: 250 } },
    { name: 'Until cards are there, in a new page', ...spread(times), unit: 'ms', goal: { atMost: 1500 } },
    { name: 'Write to card, longest', value: Math.max(...delays), unit: 'ms', goal: { atMost: 300 } },
    { name: 'Write to card', ...spread(delays), unit: 'ms' },
  ];
}

/** So many cards that nobody works on, as plans of 190 each. */
async function fill(web: Web, count: number): Promise<void> {
  const each = 190;
  const tasks = Array.from({ length: each }, (_, index) => ({
    title: `Task ${index} of a plan that somebody has written down`,
    body: 'x'.repeat(200),
    assignee: null,
    parents: index % 3 === 0 ? [] : [index - 1],
  }));
  for (let made = 0; made < count; made += each) {
    const root = await web.task({ title: 'A plan', triage: true });
    const input = { task_id: asTaskId(root), tasks, root_assignee: null, auto_promote: true };
    const planned = await web.home.kernel.decompose(defaultBoard, input);
    if (!planned.ok) throw new Error(planned.refusal.sentence);
  }
}

/** From the address to the first card, with nothing of the page there before. */
async function timeToCards(web: Web, page: Page): Promise<number> {
  await page.goto('about:blank');
  const begun = performance.now();
  await page.goto(`${web.url}/#/board/default`);
  await page.locator('[data-card]').first().waitFor();
  return performance.now() - begun;
}

async function bodyOf(page: Page, address: string): Promise<Buffer> {
  const answer = await page.context().request.get(address);
  if (!answer.ok()) throw new Error(`${address}: ${answer.status()}`);
  return answer.body();
}

/** What the page has fetched of its own files until cards are there, each as gzip would press it, in kB. */
async function firstLoad(web: Web, page: Page): Promise<number> {
  const names = (await page.evaluate(
    "performance.getEntriesByType('resource').map(({ name }) => name)",
  )) as string[];
  // Those that are fetched ahead are named twice.
  const own = names.filter((name) => name.startsWith(web.url) && !name.includes('/api/'));
  const bodies = await Promise.all(
    [...new Set([`${web.url}/`, ...own])].map((address) => bodyOf(page, address)),
  );
  return bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0) / 1024;
}
