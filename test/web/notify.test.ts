import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { webOf } from './web.ts';

/** What is said on the desktop, and to whom. */

const web = webOf({
  workers: {
    rex: 'andon request-review "$ANDON_TASK" --reviewer kim --summary "Have a look."',
    mia: 'andon block "$ANDON_TASK" "Which format?" --kind needs_input',
    eve: 'exit 1',
  },
});

interface Shown {
  readonly title: string;
  readonly body: string;
}

/**
 * The browser of the tests has no desktop and refuses every notification, so the two calls at its border are taken over here: who
 * is asked for leave, and what is shown. Everything up to there is the page's own.
 */
const desktop = (answer: 'granted' | 'denied'): string => `
  window.shown = [];
  Object.defineProperty(Notification, 'permission', { get: () => localStorage.getItem('leave') ?? 'default' });
  Notification.requestPermission = async () => {
    localStorage.setItem('leave', '${answer}');
    return '${answer}';
  };
  ServiceWorkerRegistration.prototype.showNotification = async (title, { body }) => {
    window.shown.push({ title, body });
  };`;

async function open(place: string, answer: 'granted' | 'denied' = 'granted'): Promise<Page> {
  const page = await web().open(place);
  await page.addInitScript(desktop(answer));
  await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
  await page.reload();
  await page.locator('[data-connection="live"]').waitFor({ state: 'attached' });
  return page;
}

const shownOn = async (page: Page): Promise<readonly Shown[]> =>
  (await page.evaluate('window.shown')) as Shown[];

const bell = (page: Page) => page.getByRole('button', { name: 'Desktop notifications' });

describe('the desktop', () => {
  it('is told who is wanted, once that was asked for, and no more when it was taken back', async () => {
    const page = await open('#/inbox');
    expect(await bell(page).getAttribute('aria-pressed')).toBe('false');
    await web().task({ title: 'Before it was asked for', assignee: 'mia' });
    await page.getByRole('region', { name: 'Blocked' }).getByText('Before it was asked for').waitFor();
    await bell(page).click();
    await page.getByText('You are told on the desktop').waitFor();
    await web().task({ title: 'Convert it', assignee: 'mia' });
    await web().task({ title: 'Check it', assignee: 'rex' });
    await web().task({ title: 'Break it', assignee: 'eve', max_retries: 1 });
    await until('all three are told', async () => (await shownOn(page)).length === 3, 20_000);
    expect((await shownOn(page)).toSorted((one, other) => (one.title < other.title ? -1 : 1))).toEqual([
      { title: 'Blocked: Convert it', body: 'Which format?' },
      { title: 'Gave up: Break it', body: 'The worker exited with code 1.' },
      { title: 'To review: Check it', body: 'Have a look.' },
    ]);
    await page.reload();
    expect(await bell(page).getAttribute('aria-pressed')).toBe('true');
    await bell(page).click();
    await web().task({ title: 'After it was taken back', assignee: 'mia' });
    await page.getByRole('region', { name: 'Blocked' }).getByText('After it was taken back').waitFor();
    expect(await shownOn(page)).toEqual([]);
  });

  it('is told nothing of the task that one is looking at', async () => {
    const looked = await web().task({ title: 'Looked at' });
    const page = await open(`#/board/default?task=default:${looked}`);
    await bell(page).click();
    await page.getByText('You are told on the desktop').waitFor();
    await web().api('POST', `/boards/default/tasks/${looked}/block`, { reason: 'Seen here.' });
    const other = await web().task({ title: 'Elsewhere' });
    await web().api('POST', `/boards/default/tasks/${other}/block`, { reason: 'Not seen here.' });
    await until('the other is told', async () => (await shownOn(page)).length > 0);
    expect((await shownOn(page)).map(({ title }) => title)).toEqual(['Blocked: Elsewhere']);
  });

  it('is left alone when the browser forbids it, and the page says so', async () => {
    const page = await open('#/inbox', 'denied');
    await bell(page).click();
    await page.getByText('The browser does not allow it').waitFor();
    expect(await bell(page).getAttribute('aria-pressed')).toBe('false');
  });
});
