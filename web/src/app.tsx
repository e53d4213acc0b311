import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { BoardPage } from './board/page.tsx';
import { open, useGlobalKeys } from './shell/global-keys.ts';
import { Sidebar } from './shell/sidebar.tsx';
import { TopBar } from './shell/top-bar.tsx';
import { createWarning } from './state/actions.ts';
import { keepLastKnown } from './state/last-known.ts';
import { connection, listen } from './state/live.ts';
import { followNotifications, notifyOfCalls } from './state/notify.ts';
import { prefs, setPrefs } from './state/prefs.ts';
import { boardsQuery } from './state/queries.ts';
import { useRoute } from './state/route.ts';
import { useStore } from './state/store.ts';
import { t } from './strings.ts';
import { TaskPanel } from './task/panel.tsx';
import { Icon } from './ui/icons.tsx';
import { Empty, IconButton } from './ui/parts.tsx';
import { Toasts } from './ui/toasts.tsx';

const Inbox = lazy(() => import('./pages/inbox.tsx'));
const Review = lazy(() => import('./pages/review.tsx'));
const Operate = lazy(() => import('./pages/operate.tsx'));
const Graph = lazy(() => import('./pages/graph.tsx'));
const Timeline = lazy(() => import('./pages/timeline.tsx'));
const Flow = lazy(() => import('./pages/flow.tsx'));
const Palette = lazy(() => import('./shell/palette.tsx'));
const Shortcuts = lazy(() => import('./shell/shortcuts.tsx'));

export function App() {
  useEffect(keepLastKnown, []);
  useEffect(listen, []);
  useEffect(notifyOfCalls, []);
  useEffect(followNotifications, []);
  const route = useRoute();
  const board = useBoard(route.board);
  const over = useStore(open);
  useGlobalKeys(board);
  return (
    <div className="flex h-full">
      <Sidebar board={board} />
      <div className="flex min-w-0 flex-1 flex-col">
        <Banners />
        <TopBar board={board} />
        <div className="flex min-h-0 flex-1">
          <main className="flex min-w-0 flex-1 flex-col">
            <Suspense fallback={<Empty>{t.loading}</Empty>}>
              <Page board={board} />
            </Suspense>
          </main>
          {route.task && (
            <TaskPanel
              key={`${route.task.board} ${route.task.id}`}
              board={route.task.board}
              id={route.task.id}
            />
          )}
        </div>
      </div>
      <Suspense>
        {over === 'palette' && board !== undefined && <Palette board={board} />}
        {over === 'shortcuts' && <Shortcuts />}
      </Suspense>
      <Toasts />
    </div>
  );
}

/** The board that is looked at: the one of the address, the last one here, else the active one of the home. */
function useBoard(named: string | undefined): string | undefined {
  const { data } = useQuery(boardsQuery);
  const { last_board } = useStore(prefs);
  useEffect(() => {
    if (named !== undefined) setPrefs({ last_board: named });
  }, [named]);
  if (named !== undefined || data === undefined) return named;
  return data.boards.find(({ slug }) => slug === last_board)?.slug ?? data.current;
}

function Page({ board }: { readonly board: string | undefined }) {
  const { page } = useRoute();
  if (board === undefined) return <Empty>{t.loading}</Empty>;
  switch (page) {
    case 'board':
      return <BoardPage key={board} board={board} />;
    case 'graph':
      return <Graph key={board} board={board} />;
    case 'timeline':
      return <Timeline key={board} board={board} />;
    case 'flow':
      return <Flow key={board} board={board} />;
    case 'inbox':
      return <Inbox />;
    case 'review':
      return <Review />;
    case 'operate':
      return <Operate />;
  }
}

/** What everybody has to know: that the page is not told of changes, and that nobody will start what was just made. */
function Banners() {
  const state = useStore(connection);
  const warning = useStore(createWarning);
  return (
    <>
      {(state === 'lost' || state === 'signed-out') && (
        <p role="status" className="flex items-center gap-2 bg-bad/12 px-4 py-1.5 text-bad">
          <Icon name="warning" />
          {state === 'lost' ? t.lost : t.signedOut}
        </p>
      )}
      {warning !== undefined && (
        <p role="status" className="flex items-center gap-2 bg-warn/12 px-4 py-1 text-warn">
          <Icon name="warning" />
          <span className="min-w-0 flex-1">{warning}</span>
          <IconButton icon="close" label={t.dismiss} onClick={() => createWarning.set(undefined)} />
        </p>
      )}
    </>
  );
}
