import { useSyncExternalStore } from 'react';
import { formatRoute, parseRoute, type Route } from './address.ts';

/** Where the page stands, and how it goes elsewhere. */

const heed = (heeder: () => void): (() => void) => {
  addEventListener('hashchange', heeder);
  return () => removeEventListener('hashchange', heeder);
};

let last: readonly [string, Route] = ['', parseRoute('')];
/** The same object as long as the address is the same. */
export function currentRoute(): Route {
  if (last[0] !== location.hash) last = [location.hash, parseRoute(location.hash)];
  return last[1];
}

export const useRoute = (): Route => useSyncExternalStore(heed, currentRoute);

/** Goes there; `replace` leaves no step to go back to. */
export function go(change: Partial<Route>, how: 'push' | 'replace' = 'push'): void {
  const hash = formatRoute({ ...currentRoute(), ...change });
  if (how === 'push') location.hash = hash;
  else location.replace(hash);
}

export const linkTo = (change: Partial<Route>): string => formatRoute({ ...currentRoute(), ...change });
