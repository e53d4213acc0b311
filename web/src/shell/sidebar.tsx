import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type HomePage, homePages } from '../state/address.ts';
import { boardsQuery, meQuery } from '../state/queries.ts';
import { linkTo, useRoute } from '../state/route.ts';
import { createStore, useStore } from '../state/store.ts';
import { t } from '../strings.ts';
import { Icon, type IconName } from '../ui/icons.tsx';
import { classes } from '../ui/parts.tsx';

/** On a narrow page the sidebar lies over it. */
export const sidebarOpen = createStore(false);

const icons: Readonly<Record<HomePage, IconName>> = { inbox: 'inbox', review: 'review', operate: 'operate' };

/** The pages of the home, and its boards with what waits on each. */
export function Sidebar({ board }: { readonly board: string | undefined }) {
  const open = useStore(sidebarOpen);
  const { page } = useRoute();
  const boards = useQuery(boardsQuery).data?.boards ?? [];
  const me = useQuery(meQuery).data;
  const waiting = boards.reduce(
    (sum, { counts }) => sum + (counts['blocked'] ?? 0) + (counts['review'] ?? 0),
    0,
  );
  const reviews = boards.reduce((sum, { counts }) => sum + (counts['review'] ?? 0), 0);
  const badges: Readonly<Record<HomePage, number>> = { inbox: waiting, review: reviews, operate: 0 };
  const isHome = homePages.some((name) => name === page);
  return (
    <>
      {open && (
        <button
          type="button"
          aria-label={t.close}
          className="fixed inset-0 z-30 bg-black/35 lg:hidden"
          onClick={() => sidebarOpen.set(false)}
        />
      )}
      <nav
        aria-label={t.navigation}
        className={classes(
          'flex w-56 shrink-0 flex-col gap-0.5 overflow-y-auto border-r border-line bg-ground p-2.5',
          'max-lg:fixed max-lg:inset-y-0 max-lg:left-0 max-lg:z-40 max-lg:shadow-high',
          !open && 'max-lg:hidden',
        )}
      >
        <p className="flex h-8 items-center gap-2 px-2 text-sm font-semibold">
          <img src="/icon.svg" alt="" className="size-5" />
          Andon
        </p>
        {homePages.map((name) => (
          <Entry
            key={name}
            href={linkTo({ page: name, board: undefined, task: undefined, filter: {} })}
            current={page === name}
            icon={<Icon name={icons[name]} />}
            label={t.pages[name]}
            count={badges[name]}
          />
        ))}
        <h2 className="heading mt-4 mb-1 px-2">{t.boards}</h2>
        {boards.map(({ slug, name, counts, is_current }) => (
          <Entry
            key={slug}
            href={linkTo({ page: isHome ? 'board' : page, board: slug, task: undefined, filter: {} })}
            current={!isHome && slug === board}
            icon={
              <span className={classes('size-2 rounded-full', is_current ? 'bg-accent' : 'bg-line-strong')} />
            }
            label={name || slug}
            count={(counts['ready'] ?? 0) + (counts['running'] ?? 0) + (counts['todo'] ?? 0)}
          />
        ))}
        <span className="flex-1" />
        {me && (
          <p className="px-2 text-[11px] text-soft">
            {t.signedInAs(me.name, me.role)}
            <br />
            {t.version(me.version)}
          </p>
        )}
      </nav>
    </>
  );
}

const Entry = ({
  href,
  current,
  icon,
  label,
  count,
}: {
  readonly href: string;
  readonly current: boolean;
  readonly icon: ReactNode;
  readonly label: string;
  readonly count: number;
}) => (
  <a
    href={href}
    aria-current={current ? 'page' : undefined}
    onClick={() => sidebarOpen.set(false)}
    className={classes(
      'flex h-7 shrink-0 items-center gap-2.5 rounded-md px-2 font-medium pointer-coarse:h-10',
      current ? 'bg-hover text-ink' : 'text-soft hover:bg-hover hover:text-ink',
    )}
  >
    <span className="flex w-4 justify-center">{icon}</span>
    <span className="min-w-0 flex-1 truncate">{label}</span>
    {count > 0 && <span className="text-[11px] tabular-nums">{count}</span>}
  </a>
);
