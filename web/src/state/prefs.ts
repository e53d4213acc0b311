import type { Filter } from './address.ts';
import { keptStore } from './store.ts';

/** What this browser remembers of how somebody likes the board. */

export type Theme = 'system' | 'light' | 'dark';
export type Lanes = 'none' | 'assignee' | 'tenant';
export interface SavedFilter {
  readonly name: string;
  readonly filter: Filter;
}
export interface Prefs {
  readonly theme: Theme;
  readonly compact: boolean;
  readonly hidden: readonly string[];
  readonly lanes: Lanes;
  /** Lanes of which only the name is shown, as `assignee:ada`. */
  readonly folded: readonly string[];
  readonly saved: readonly SavedFilter[];
  readonly last_board: string | null;
  /** Whether the desktop is told when somebody is wanted. */
  readonly notify: boolean;
}

const usual: Prefs = {
  theme: 'system',
  compact: false,
  hidden: [],
  lanes: 'none',
  folded: [],
  saved: [],
  last_board: null,
  notify: false,
};

/** Only our own page writes it, and a field of an older page falls back to the usual one. */
export const prefs = keptStore<Prefs>('prefs', (kept) =>
  typeof kept === 'object' && kept !== null ? { ...usual, ...kept } : usual,
);

export const setPrefs = (change: Partial<Prefs>): void => prefs.set((before) => ({ ...before, ...change }));

/** Puts the theme on the page, and again whenever it changes. */
export function applyTheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = (): void => {
    const { theme } = prefs.get();
    document.documentElement.dataset['theme'] =
      theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme;
  };
  apply();
  prefs.subscribe(apply);
  dark.addEventListener('change', apply);
}
