import { connection } from './live.ts';
import { queryClient } from './queries.ts';
import { parsed } from './store.ts';

/**
 * The boards and cards that were seen last, for a page that is opened while the gateway is away. They are looked at only then, and
 * forgotten as soon as the browser is signed out.
 */

const place = 'andon.last-known';
const every = 5000;
/** Characters; a browser keeps some five million for a site. */
const most = 2_000_000;
const kinds: readonly unknown[] = ['boards', 'columns'];

/** Keeps them for as long as the page is open; gives back how to end it. */
export function keepLastKnown(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cache = queryClient.getQueryCache();
  const keep = (): void => {
    timer = undefined;
    if (connection.get() !== 'live') return;
    const found = cache
      .findAll({ type: 'active', predicate: ({ queryKey }) => kinds.includes(queryKey[0]) })
      .filter(({ state }) => state.status === 'success');
    const text = JSON.stringify(found.map(({ queryKey, state }) => [queryKey, state.data]));
    if (found.length === 0 || text.length > most) return;
    try {
      localStorage.setItem(place, text);
    } catch {
      // The browser has no room for it: then the page is empty while the gateway is away.
      localStorage.removeItem(place);
    }
  };
  const leaveCache = cache.subscribe(({ type }) => {
    if (type === 'updated') timer ??= setTimeout(keep, every);
  });
  const leaveConnection = connection.subscribe(() => {
    if (connection.get() === 'lost') recall();
    if (connection.get() === 'signed-out') localStorage.removeItem(place);
  });
  return () => {
    leaveCache();
    leaveConnection();
    clearTimeout(timer);
  };
}

/** Shows them where nothing better is known; they count as old, and are asked for again. */
function recall(): void {
  const kept = parsed(localStorage.getItem(place));
  if (!Array.isArray(kept)) return;
  for (const entry of kept) {
    if (!Array.isArray(entry)) continue;
    const [queryKey, data]: readonly unknown[] = entry;
    if (!Array.isArray(queryKey) || queryClient.getQueryData(queryKey) !== undefined) continue;
    queryClient.setQueryData(queryKey, data, { updatedAt: 1 });
  }
}
