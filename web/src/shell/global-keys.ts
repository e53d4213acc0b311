import { useEffect } from 'react';
import { creatingIn } from '../board/quick-create.tsx';
import type { Route } from '../state/address.ts';
import { go } from '../state/route.ts';
import { createStore } from '../state/store.ts';
import { isTyping } from '../state/typing.ts';

/** The keys that mean the same on every page; `shortcuts.tsx` tells people. */

/** The window that is open over the page; it goes when one goes elsewhere, by the browser's own buttons too. */
export const open = createStore<'palette' | 'shortcuts' | undefined>(undefined);

const places: Readonly<Record<string, Route['page']>> = {
  b: 'board',
  i: 'inbox',
  r: 'review',
  o: 'operate',
  g: 'graph',
  t: 'timeline',
  f: 'flow',
};
/** The key that goes to a page, after `g`. */
export const keyOf = (page: Route['page']): string =>
  Object.entries(places).find(([, place]) => place === page)?.[0] ?? '';
const patience = 1000;

export function useGlobalKeys(board: string | undefined): void {
  useEffect(() => {
    // When `g` was pressed, the next key is a place.
    let going = 0;
    const heed = (event: KeyboardEvent): void => {
      const { key } = event;
      if (key === 'k' && (event.metaKey || event.ctrlKey)) {
        event.preventDefault();
        open.set(open.get() === 'palette' ? undefined : 'palette');
        return;
      }
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event)) return;
      if (performance.now() - going < patience && places[key] !== undefined) {
        going = 0;
        event.preventDefault();
        event.stopImmediatePropagation();
        const page = places[key];
        const isHome = page === 'inbox' || page === 'review' || page === 'operate';
        go({ page, board: isHome ? undefined : board, task: undefined });
        return;
      }
      going = key === 'g' ? performance.now() : 0;
      const work = plain[key];
      if (work === undefined) return;
      event.preventDefault();
      work();
    };
    const plain: Readonly<Record<string, () => void>> = {
      '?': () => open.set('shortcuts'),
      '/': () => document.querySelector<HTMLElement>('#search')?.focus(),
      n: () => {
        go({ page: 'board', board });
        creatingIn.set('/ready');
      },
    };
    const leave = (): void => open.set(undefined);
    // Before those of a page, which know nothing of `g`.
    addEventListener('keydown', heed, { capture: true });
    addEventListener('hashchange', leave);
    return () => {
      removeEventListener('keydown', heed, { capture: true });
      removeEventListener('hashchange', leave);
    };
  }, [board]);
}
