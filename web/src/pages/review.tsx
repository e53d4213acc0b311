import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import Changes from '../runs/changes.tsx';
import { act } from '../state/actions.ts';
import { taskQuery } from '../state/queries.ts';
import { go } from '../state/route.ts';
import { useWaiting, type Waiting } from '../state/waiting.ts';
import { t } from '../strings.ts';
import { useKeys } from '../ui/keys.ts';
import { Markdown } from '../ui/markdown.tsx';
import { Ago, Avatar, Button, classes, Empty, Kbd } from '../ui/parts.tsx';

const inReview = ['review'] as const;
const keysHere = [
  [['j', 'k'], t.nextPrevious],
  [['a'], t.approve],
  [['c'], t.remarks],
] as const;

/** What waits for a review on all boards, one after the other, without leaving the keyboard. */
export default function Review() {
  const { all, loading } = useWaiting(inReview);
  const [picked, setPicked] = useState<string | undefined>(undefined);
  const found = all.findIndex(({ card }) => card.id === picked);
  const at = Math.max(0, found);
  const current = all[at];
  const step = (by: number) => () => setPicked(all[Math.min(Math.max(0, at + by), all.length - 1)]?.card.id);
  useKeys({
    j: step(1),
    ArrowDown: step(1),
    k: step(-1),
    ArrowUp: step(-1),
    a: () => {
      if (current === undefined) return;
      setPicked(all[at + 1]?.card.id);
      void act({ board: current.board, id: current.card.id, verb: 'complete', done: t.approved });
    },
    c: () => document.querySelector<HTMLElement>('#verdict')?.focus(),
    Enter: () => current && go({ task: { board: current.board, id: current.card.id } }),
    Escape: () => go({ task: undefined }),
  });
  if (current === undefined) return <Empty>{loading ? t.loading : t.noReviews}</Empty>;
  return (
    <div className="flex min-h-0 flex-1 max-md:flex-col">
      <nav
        aria-label={t.pages.review}
        className="w-72 shrink-0 overflow-y-auto border-r border-line max-md:max-h-40 max-md:w-full max-md:border-b"
      >
        {all.map(({ board, boardName, card }) => (
          <button
            key={`${board} ${card.id}`}
            type="button"
            aria-current={card.id === current.card.id}
            onClick={() => setPicked(card.id)}
            className={classes(
              'flex w-full items-start gap-2 border-b border-line px-3 py-2 text-left hover:bg-hover',
              card.id === current.card.id && 'bg-hover shadow-[inset_2px_0_var(--accent)]',
            )}
          >
            <Avatar name={card.assignee} />
            <span className="min-w-0 flex-1">
              <span className="line-clamp-2">{card.title}</span>
              <span className="text-[11px] text-soft">{boardName}</span>
            </span>
            <span className="text-[11px] text-soft">
              <Ago at={card.started_at ?? card.created_at} />
            </span>
          </button>
        ))}
        <ul className="flex flex-col gap-1.5 p-3 text-[11px] text-soft max-md:hidden">
          {keysHere.map(([keys, what]) => (
            <li key={what} className="flex items-center gap-1">
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
              <span className="ml-1">{what}</span>
            </li>
          ))}
        </ul>
      </nav>
      <Detail key={current.card.id} waiting={current} />
    </div>
  );
}

function Detail({ waiting: { board, card } }: { readonly waiting: Waiting }) {
  const { data, error } = useQuery(taskQuery(board, card.id));
  if (data === undefined) return <Empty>{error === null ? t.loading : error.message}</Empty>;
  return (
    <div className="min-w-0 flex-1 overflow-y-auto bg-panel px-5 py-4">
      <div className="mx-auto flex max-w-4xl flex-col gap-4">
        <div className="flex items-start gap-3">
          <h2 className="min-w-0 flex-1 text-lg leading-snug font-semibold break-words">{data.task.title}</h2>
          <Button look="quiet" onClick={() => go({ task: { board, id: card.id } })}>
            {t.openTask}
          </Button>
        </div>
        {data.latest_summary !== null && <Markdown text={data.latest_summary} board={board} />}
        <Changes board={board} view={data} />
      </div>
    </div>
  );
}
