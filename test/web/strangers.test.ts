import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { webOf } from './web.ts';

/** What strangers and agents write is text, wherever it is shown, and nothing of it breaks a rule of the page's policy. */

/** Each would run, or ask another host, if it were ever taken for HTML or for a harmless link. */
const corpus = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '"><iframe srcdoc="<script>alert(1)</script>">',
  '[click](javascript:alert(1))',
  '[click](JaVaScRiPt:alert(1))',
  '[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '![pic](https://elsewhere.example/pixel.png)',
  '<a href="javascript:alert(1)">x</a>',
  '<math><mtext></p><style><img src onerror=alert(1)>',
  '[x]: javascript:alert(1)\n\n[x]',
  '`<b onmouseover=alert(1)>`',
  '<details open ontoggle=alert(1)>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
];
const all = corpus.join('\n\n');
const [one = ''] = corpus;
const short = `${one} ${corpus[1]}`;

const web = webOf({
  workers: {
    rex: `cat <<'END'
${all}
END
cat >words <<'END'
${all}
END
andon request-review "$ANDON_TASK" --reviewer kim --summary "$(cat words)"`,
    eve: `cat <<'END' >&2
${all}
END
exit 1`,
  },
});

/** A board on which every text that can be written is one of those. */
async function strangeBoard(): Promise<{ readonly blocked: string; readonly review: string }> {
  const { api, task } = web();
  await api('POST', '/boards', { slug: 'strange', name: short });
  const on = '/boards/strange';
  const blocked = await task({ title: short, body: all, tenant: one }, 'strange');
  await api('POST', `${on}/tasks/${blocked}/comments`, { body: all });
  await api('POST', `${on}/tasks/${blocked}/block`, { reason: all });
  await task({ title: `${corpus[2]} child`, parents: [blocked], tenant: one, triage: true }, 'strange');
  const review = await task({ title: `${corpus[3]} review`, assignee: 'rex' }, 'strange');
  const failed = await task({ title: `${corpus[9]} failed`, assignee: 'eve', max_retries: 1 }, 'strange');
  for (const [id, status] of [
    [review, 'review'],
    [failed, 'blocked'],
  ] as const) {
    await until(`${id} is ${status}`, async () => {
      const { task: found } = await api('GET', `${on}/tasks/${id}`);
      return Reflect.get(Object(found), 'status') === status;
    });
  }
  await api('POST', `${on}/pauses`, { scope: 'tenant', name: one, reason: all });
  return { blocked, review };
}

const foreign =
  'body :is(iframe, object, embed, math, details[ontoggle], img:not([src="/icon.svg"]), [onerror], [onload], [onmouseover], script:not([nonce]))';

async function lookAt(page: Page, where: string): Promise<void> {
  expect(await page.locator(foreign).count(), where).toBe(0);
  const links = await page
    .locator('a')
    .evaluateAll((found) => found.map((link) => link.getAttribute('href')));
  const odd = links.filter((href) => !/^(?:https?:|mailto:|#\/|\/api\/v1\/)/.test(href ?? ''));
  expect(odd, where).toEqual([]);
}

it('is text on every page, in every field', async () => {
  const { blocked, review } = await strangeBoard();
  const page = await web().open('#/board/strange', { viewport: { width: 2200, height: 1000 } });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('dialog', (dialog) => web().troubles.push(dialog.message()));
  await page.reload();
  const go = async (place: string, ready: string): Promise<void> => {
    await page.goto(`${web().url}/${place}`);
    await page.locator(ready).first().waitFor();
    await lookAt(page, place);
  };
  await go('#/board/strange', `[data-card="${blocked}"]`);
  await page.getByText(one, { exact: false }).first().waitFor();
  for (const id of [blocked, review]) {
    await go(`#/board/strange?task=strange:${id}`, 'aside h3');
    for (const tab of ['Runs', 'Changes', 'History', 'Overview']) {
      await page.getByRole('tab', { name: tab }).click();
      await page.getByRole('tabpanel', { name: tab }).waitFor();
      await lookAt(page, `${tab} of ${id}`);
    }
  }
  await page.getByRole('tab', { name: 'Runs' }).click();
  await page.locator('aside pre', { hasText: one }).waitFor();
  await go('#/inbox', 'main ul');
  await go('#/review', 'main h2');
  await go('#/operate', '[aria-label="Pauses and rests"] button');
  await page.locator('[aria-label="Pauses and rests"]', { hasText: one }).waitFor();
  await go('#/graph/strange', '.react-flow__node');
  await go('#/timeline/strange', 'main section a');
  await go('#/flow/strange', '[data-plot] canvas');
  await go(`#/board/strange?${new URLSearchParams({ title: 'script', tenant: one })}`, '[data-card]');
  await go('#/board/strange', '[data-card]');
  await page.getByRole('button', { name: 'Rows and columns' }).click();
  await page.getByRole('menuitem', { name: 'A row per tenant' }).click();
  await page.locator('[data-lane] [data-card]').first().waitFor();
  await lookAt(page, 'lanes');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('script');
  await page
    .getByRole('option', { name: /script/ })
    .first()
    .waitFor();
  await lookAt(page, 'palette');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  for (const text of corpus.slice(0, 4)) {
    await page.keyboard.press('n');
    await page.getByLabel('Title of the new task').fill(text);
    await page.keyboard.press('Enter');
    await until(
      'it is on the board, as it was written',
      async () =>
        (await page.locator('[data-column="ready"] article').getByText(text, { exact: true }).count()) > 0,
    );
    await page.keyboard.press('Escape');
  }
  await lookAt(page, 'what was written here');
  expect(asked.filter((url) => !url.startsWith(web().url))).toEqual([]);
}, 60_000);

it('would be noticed if it were not: the policy refuses what is foreign, and that fails a test', async () => {
  const page = await web().open('#/board/default');
  await page.evaluate(`document.body.append(Object.assign(document.createElement('img'), { src: 'https://elsewhere.example/pixel.png' }));
    document.body.insertAdjacentHTML('beforeend', '<div style="color:red">x</div>')`);
  // Each twice: the browser says so as well.
  await until('both are reported', () => web().troubles.length >= 4);
  const told = web().troubles.splice(0).join('\n');
  expect(told).toContain('The policy forbids img-src https://elsewhere.example/pixel.png');
  expect(told).toContain('The policy forbids style-src-attr inline');
});
