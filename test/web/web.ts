import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type GatewayHome, gatewayHome, type HomeOptions } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';
import { startBrowser } from './chromium.ts';

/** A real gateway with real workers, and browsers that are signed in to it. */

type Fields = Readonly<Record<string, unknown>>;

export interface Web {
  readonly home: GatewayHome;
  readonly url: string;
  /** Asks the API as the owner of the home. */
  api(method: string, path: string, fields?: Fields): Promise<Record<string, unknown>>;
  /** Creates a task on the board and gives its id. */
  task(fields: Fields, board?: string): Promise<string>;
  /** A browser window of its own, signed in by a link, at this place of the page. */
  open(place?: string, options?: BrowserContextOptions): Promise<Page>;
}

/** A browser itself notes every answer that is a refusal; the page shows those to people. */
const refusal = /^Failed to load resource: the server responded with a status of (?:401|409|412) /;

/** What the page's policy forbids becomes an error of the console, wherever it happens, and fails the test. */
const policyReports = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) =>
  console.error('The policy forbids ' + violatedDirective + ' ' + blockedURI + ' ' + sourceFile));`;

/** Starts a gateway; `end` ends it and everything that it started. */
export async function startWeb(
  browser: Browser,
  options: HomeOptions,
  onConsole: (trouble: string) => void,
): Promise<Web & { readonly end: () => Promise<void> }> {
  const ends: (() => unknown)[] = [];
  const home = gatewayHome(
    { onTestFinished: (end) => void ends.push(end) },
    {
      ...options,
      settings: { http: { port: 0 }, ...options.settings },
    },
  );
  await home.gateway();
  const url = await until('the gateway says where it answers', () => {
    const text = home.read('gateways/default.json');
    const found: unknown = text === '' ? null : JSON.parse(text).url;
    return typeof found === 'string' && found;
  });
  const authorization = `Bearer ${home.read('gateways/token').trim()}`;
  const api: Web['api'] = async (method, path, fields) => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(fields !== undefined && { body: JSON.stringify(fields) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  };
  return {
    home,
    url,
    api,
    task: async (fields, board = 'default') => {
      const { task } = await api('POST', `/boards/${board}/tasks`, fields);
      return String(Reflect.get(Object(task), 'id'));
    },
    open: async (place = '#/board/default', contextOptions = {}) => {
      const context = await browser.newContext({
        locale: 'en-US',
        viewport: { width: 1440, height: 900 },
        ...contextOptions,
      });
      // Sooner than a test ends, so that it says what it waited for.
      context.setDefaultTimeout(10_000);
      ends.unshift(() => context.close());
      await context.addInitScript(policyReports);
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error' && !refusal.test(message.text())) onConsole(message.text());
      });
      page.on('pageerror', (error) => onConsole(String(error)));
      const { url: link } = await api('POST', '/auth/codes');
      await page.goto(String(link));
      await page.waitForURL(`${url}/`);
      await page.goto(`${url}/${place}`);
      await page.locator('[data-connection="live"]').waitFor({ state: 'attached' });
      return page;
    },
    end: async () => {
      for (const end of ends) await end();
    },
  };
}

/** One gateway for all tests of a file; a test fails when a page of it wrote an error to its console. */
export function webOf(options: HomeOptions = {}): () => Web & { readonly troubles: string[] } {
  const troubles: string[] = [];
  let web: Awaited<ReturnType<typeof startWeb>> | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await startBrowser();
    web = await startWeb(browser, options, (trouble) => void troubles.push(trouble));
  }, 60_000);
  afterEach(() => {
    const seen = troubles.splice(0);
    expect(seen).toEqual([]);
  });
  afterAll(async () => {
    await web?.end();
    await browser?.close();
  });
  return () => {
    if (web === undefined) throw new Error('The gateway of this file is not there.');
    return { ...web, troubles };
  };
}
