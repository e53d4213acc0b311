import { useCallback, useSyncExternalStore } from 'react';

/** Whether the page is as the query says, and again whenever that changes. */
export function useMedia(query: string): boolean {
  const heed = useCallback(
    (heeder: () => void): (() => void) => {
      const media = matchMedia(query);
      media.addEventListener('change', heeder);
      return () => media.removeEventListener('change', heeder);
    },
    [query],
  );
  return useSyncExternalStore(heed, () => matchMedia(query).matches);
}
