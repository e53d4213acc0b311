import type { CDPSession, Page } from 'playwright-core';

/** Notes when each card is on the page first, by the clock of the machine; runs in the page. */
const watch = `(() => {
  const seen = new Set(); globalThis.cardsSeen = [];
  const look = () => {
    for (const card of document.querySelectorAll('[data-card]')) {
      const id = card.dataset.card;
      if (!seen.has(id)) { seen.add(id); globalThis.cardsSeen.push([id, Date.now()]); }
    }
  };
  look();
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributeFilter: ['data-card'] });
})()`;

export interface Looker {
  /** Cards that came since the last call. */
  seen(): Promise<readonly (readonly [string, number])[]>;
  /** What its scripts use after a collection, in MB. */
  heap(): Promise<number>;
}

/** Looks at the board in a page as somebody would who leaves it open. */
export async function watchCards(page: Page): Promise<Looker> {
  await page.evaluate(watch);
  const protocol: CDPSession = await page.context().newCDPSession(page);
  return {
    seen: async () => (await page.evaluate('globalThis.cardsSeen.splice(0)')) as [string, number][],
    heap: async () => {
      await protocol.send('HeapProfiler.collectGarbage');
      const { usedSize } = await protocol.send('Runtime.getHeapUsage');
      return usedSize / 1024 / 1024;
    },
  };
}
