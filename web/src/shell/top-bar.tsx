import { useQuery } from '@tanstack/react-query';
import { boardPages } from '../state/address.ts';
import { connection } from '../state/live.ts';
import { canNotify, startNotifying } from '../state/notify.ts';
import { prefs, setPrefs, type Theme } from '../state/prefs.ts';
import { boardsQuery } from '../state/queries.ts';
import { linkTo, useRoute } from '../state/route.ts';
import { useStore } from '../state/store.ts';
import { t } from '../strings.ts';
import { Menu } from '../ui/menu.tsx';
import { classes, IconButton } from '../ui/parts.tsx';
import { say } from '../ui/toasts.tsx';
import { sidebarOpen } from './sidebar.tsx';

const themes: readonly Theme[] = ['system', 'light', 'dark'];

/** Where one is, the pages of that board, and how the page stands with its gateway. */
export function TopBar({ board }: { readonly board: string | undefined }) {
  const { page } = useRoute();
  const { theme } = useStore(prefs);
  const found = useQuery(boardsQuery).data?.boards.find(({ slug }) => slug === board);
  const isBoardPage = boardPages.some((name) => name === page);
  const heading =
    page === 'inbox' || page === 'review' || page === 'operate' ? t.pages[page] : found?.name || board;
  return (
    <header className="flex h-11 shrink-0 items-center gap-3 border-b border-line px-3">
      <IconButton
        icon="menu"
        label={t.navigation}
        className="lg:hidden"
        onClick={() => sidebarOpen.set(true)}
      />
      <h1 className={classes('truncate text-sm font-semibold', isBoardPage && 'max-sm:sr-only')}>
        {heading}
      </h1>
      {isBoardPage && (
        <nav aria-label={t.views} className="flex gap-0.5 overflow-x-auto">
          {boardPages.map((name) => (
            <a
              key={name}
              href={linkTo({ page: name, board })}
              aria-current={name === page ? 'page' : undefined}
              className={classes(
                'rounded-md px-2 py-1 font-medium',
                name === page ? 'bg-hover text-ink' : 'text-soft hover:text-ink',
              )}
            >
              {t.pages[name]}
            </a>
          ))}
        </nav>
      )}
      <span className="flex-1" />
      <ConnectionDot />
      {canNotify && <Bell />}
      <Menu
        label={t.theme}
        trigger={<IconButton icon="theme" label={t.theme} />}
        items={themes.map((name) => ({
          label: t.themes[name],
          checked: theme === name,
          onPick: () => setPrefs({ theme: name }),
        }))}
      />
    </header>
  );
}

/** Turns the notifications of the desktop on, after asking for leave, and off. */
function Bell() {
  const on = useStore(prefs).notify && Notification.permission === 'granted';
  const toggle = async (): Promise<void> => {
    if (on) setPrefs({ notify: false });
    else say((await startNotifying()) ? t.notifies : t.notifyDenied);
  };
  return (
    <IconButton
      icon={on ? 'bell' : 'bell-off'}
      label={t.notify}
      aria-pressed={on}
      onClick={() => void toggle()}
    />
  );
}

const dots = {
  connecting: 'bg-warn',
  live: 'bg-good',
  lost: 'bg-bad',
  'signed-out': 'bg-bad',
} as const;

function ConnectionDot() {
  const state = useStore(connection);
  return (
    <span className="flex items-center gap-1.5 text-[11px] text-soft" data-connection={state}>
      <span className={classes('size-2 rounded-full', dots[state])} />
      <span className="max-sm:sr-only">{t.connection[state]}</span>
    </span>
  );
}
