import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import type { TaskView } from '../../../src/surfaces/http/wire.ts';
import { taskQuery } from '../state/queries.ts';
import { go } from '../state/route.ts';
import { t } from '../strings.ts';
import { Empty, IconButton } from '../ui/parts.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { say } from '../ui/toasts.tsx';
import { Attachments } from './attachments.tsx';
import { Comments } from './comments.tsx';
import { Facts } from './facts.tsx';
import { History } from './history.tsx';
import { Links } from './links.tsx';
import { WhyBox } from './why.tsx';
import { Body, Title } from './words.tsx';

const Runs = lazy(() => import('../runs/runs.tsx'));
const Changes = lazy(() => import('../runs/changes.tsx'));

const tabs = ['overview', 'runs', 'changes', 'history'] as const;
type Tab = (typeof tabs)[number];

/** Everything about one task, beside the board. */
export function TaskPanel({ board, id }: { readonly board: string; readonly id: string }) {
  const { data, error } = useQuery(taskQuery(board, id));
  const [tab, setTab] = useState<Tab>('overview');
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus({ preventScroll: true }), []);
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      aria-label={t.taskOf(id)}
      className="flex h-full w-[38rem] max-w-full shrink-0 flex-col border-l border-line bg-panel outline-none max-lg:fixed max-lg:inset-y-0 max-lg:right-0 max-lg:z-30 max-lg:shadow-high max-sm:w-full"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        close(id);
      }}
    >
      <header className="flex h-11 shrink-0 items-center gap-1 border-b border-line px-3">
        <span className="font-mono text-soft">{id}</span>
        <IconButton icon="link" label={t.copyLink} onClick={() => void copy(location.href)} />
        <span className="flex-1" />
        <IconButton icon="close" label={t.close} onClick={() => close(id)} />
      </header>
      {data === undefined ? (
        <Empty>{error === null ? t.loading : error.message}</Empty>
      ) : (
        <>
          <Tabs
            tabs={tabs.map((name) => ({ name, label: t.tabs[name], count: countOf(data, name) }))}
            current={tab}
            onPick={setTab}
          />
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4" role="tabpanel" aria-label={t.tabs[tab]}>
            <Suspense fallback={<Empty>{t.loading}</Empty>}>
              {tab === 'overview' && <Overview board={board} view={data} />}
              {tab === 'runs' && <Runs board={board} view={data} />}
              {tab === 'changes' && <Changes board={board} view={data} />}
              {tab === 'history' && <History board={board} id={id} />}
            </Suspense>
          </div>
        </>
      )}
    </aside>
  );
}

const countOf = ({ runs }: TaskView, tab: Tab): number | undefined =>
  tab === 'runs' && runs.length > 0 ? runs.length : undefined;

/** The focus goes back to the card that it came from. */
function close(id: string): void {
  go({ task: undefined });
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>(`[data-card="${CSS.escape(id)}"] a`)?.focus(),
  );
}

async function copy(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  say(t.copied);
}

function Overview({ board, view }: { readonly board: string; readonly view: TaskView }) {
  const { task } = view;
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-col gap-3">
        <Title key={`title ${task.id}`} board={board} task={task} />
        <Facts board={board} task={task} />
        <WhyBox board={board} task={task} />
      </div>
      <Body key={`body ${task.id}`} board={board} task={task} />
      <Links board={board} view={view} />
      <Attachments board={board} view={view} />
      <Comments board={board} view={view} />
    </div>
  );
}
