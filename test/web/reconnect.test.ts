import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { startBrowser } from './chromium.ts';
import { startWeb } from './web.ts';

/** What the page does when its gateway goes, and when its session ends. */

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

it('says that it may be old while the gateway is gone, and catches up by itself', async ({
  onTestFinished,
}) => {
  const browser = await startBrowser();
  onTestFinished(() => browser.close());
  const web = await startWeb(browser, { settings: { http: { port: await freePort() } } }, () => {});
  onTestFinished(web.end);
  await web.task({ title: 'Before' });
  const page = await web.open();
  await page.locator('article', { hasText: 'Before' }).waitFor();
  process.kill(JSON.parse(web.home.read('gateways/default.json')).pid, 'SIGKILL');
  await page
    .getByRole('status')
    .getByText(/cannot be reached/)
    .waitFor();
  await web.home.andon('create', 'Meanwhile');
  await web.home.gateway();
  await page.locator('article', { hasText: 'Meanwhile' }).waitFor();
  await page.locator('[data-connection="live"]').waitFor({ state: 'attached' });
  expect(await page.getByRole('status').count()).toBe(0);
});

it('is there when it is opened while the gateway is gone, with the cards that were seen last', async ({
  onTestFinished,
}) => {
  const browser = await startBrowser();
  onTestFinished(() => browser.close());
  const web = await startWeb(browser, { settings: { http: { port: await freePort() } } }, () => {});
  onTestFinished(web.end);
  await web.task({ title: 'Seen before' });
  const page = await web.open();
  await page.locator('article', { hasText: 'Seen before' }).waitFor();
  await until('the page is kept', async () => {
    const kept = await page.evaluate(
      `Promise.all([
        navigator.serviceWorker.ready,
        caches.match('/').then((answer) => answer !== undefined),
        localStorage.getItem('andon.last-known'),
      ]).then(([, shell, cards]) => shell && cards?.includes('Seen before'))`,
    );
    return kept === true;
  });
  process.kill(JSON.parse(web.home.read('gateways/default.json')).pid, 'SIGKILL');
  await page
    .getByRole('status')
    .getByText(/cannot be reached/)
    .waitFor();
  await page.reload();
  await page
    .getByRole('status')
    .getByText(/cannot be reached/)
    .waitFor();
  const card = page.locator('article', { hasText: 'Seen before' });
  await card.waitFor();
  await card.locator('a').focus();
  await page.keyboard.press('Shift+ArrowLeft');
  await page.getByRole('alert').getByText('“Seen before” was not moved').waitFor();
  await page.getByRole('link', { name: 'Flow' }).click();
  await page.getByText('The gateway cannot be reached.').first().waitFor();
  await page.getByRole('link', { name: 'Board' }).click();
  await web.home.andon('create', 'Meanwhile');
  await web.home.gateway();
  await page.locator('article', { hasText: 'Meanwhile' }).waitFor();
  await page.locator('[data-connection="live"]').waitFor({ state: 'attached' });
  const stored: unknown = await page.evaluate(
    "caches.open('andon-shell').then((cache) => cache.keys()).then((all) => all.map(({ url }) => new URL(url).pathname))",
  );
  expect(stored).toContain('/');
  expect((stored as string[]).filter((path) => path.startsWith('/api/'))).toEqual([]);
});

it('says that it is signed out when its session is ended', async ({ onTestFinished }) => {
  const browser = await startBrowser();
  onTestFinished(() => browser.close());
  const web = await startWeb(browser, {}, () => {});
  onTestFinished(web.end);
  const page = await web.open();
  const { tokens } = await web.api('GET', '/tokens');
  for (const { id, kind } of tokens as { id: string; kind: string }[]) {
    if (kind !== 'token') await web.api('DELETE', `/tokens/${id}`);
  }
  await page
    .getByRole('status')
    .getByText(/You are signed out/)
    .waitFor({ timeout: 15_000 });
});
