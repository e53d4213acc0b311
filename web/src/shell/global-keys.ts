import { useEffect } from 'react';
import { creatingIn } from '../board/quick-create.tsx';
import type { Route } from '../state/address.ts';
import { go } from '../state/route.ts';
import { createStore } from '../state/store.ts';
import { isTyping } from '../state/typing.ts';

/** The keys that mean the same on every page; `shortcuts.tsx` tells people. */

/** The window that is open over the page. */
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
    // Before those of a page, which know nothing of `g`.
    addEventListener('keydown', heed, { capture: true });
    return () => removeEventListener('keydown', heed, { capture: true });
  }, [board]);
}
