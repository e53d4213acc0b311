import { useSyncExternalStore } from 'react';

/** A value that pages share and that the server does not know: small, whole, replaced and never changed in place. */
export interface Store<Value> {
  get(): Value;
  set(next: Value | ((before: Value) => Value)): void;
  subscribe(heed: () => void): () => void;
}

export function createStore<Value>(first: Value): Store<Value> {
  let value = first;
  const heeders = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      const after = next instanceof Function ? next(value) : next;
      if (Object.is(after, value)) return;
      value = after;
      for (const heed of heeders) heed();
    },
    subscribe: (heed) => {
      heeders.add(heed);
      return () => heeders.delete(heed);
    },
  };
}

export const useStore = <Value>(store: Store<Value>): Value =>
  useSyncExternalStore(store.subscribe, store.get);

/** A store that this browser remembers. `read` turns what was kept, whatever it is, into a value. */
export function keptStore<Value>(name: string, read: (kept: unknown) => Value): Store<Value> {
  const key = `andon.${name}`;
  const store = createStore(read(parsed(localStorage.getItem(key))));
  store.subscribe(() => localStorage.setItem(key, JSON.stringify(store.get())));
  return store;
}

/** What was written as JSON, if it was. */
export function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
