import { useState } from 'react';
import { go, linkTo } from '../state/route.ts';
import { useWaiting, type Waiting } from '../state/waiting.ts';
import { statusNames, t } from '../strings.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { useKeys } from '../ui/keys.ts';
import { Ago, Avatar, Chip, classes, Empty } from '../ui/parts.tsx';

const groups = ['review', 'blocked', 'triage'] as const;

/** What waits for a person, on all boards: reviews, what is blocked, what nobody has specified yet. */
export default function Inbox() {
  const { all, loading } = useWaiting(groups);
  const [at, setAt] = useState(0);
  const rows = groups.flatMap((status) => all.filter(({ card }) => card.status === status));
  const step = (by: number) => () => setAt(Math.min(Math.max(0, at + by), rows.length - 1));
  useKeys({
    j: step(1),
    ArrowDown: step(1),
    k: step(-1),
    ArrowUp: step(-1),
    Enter: () => {
      const row = rows[at];
      if (row !== undefined) go({ task: { board: row.board, id: row.card.id } });
    },
    Escape: () => go({ task: undefined }),
  });
  if (rows.length === 0) return <Empty>{loading ? t.loading : t.inboxEmpty}</Empty>;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      {groups.map((status) => {
        const inGroup = rows.filter(({ card }) => card.status === status);
        if (inGroup.length === 0) return null;
        return (
          <section key={status} aria-label={statusNames[status]}>
            <h2 className="sticky top-0 z-10 flex h-9 items-center gap-2 border-b border-line bg-ground px-4 font-medium">
              <StatusIcon status={status} />
              {statusNames[status]}
              <span className="text-soft tabular-nums">{inGroup.length}</span>
            </h2>
            <ul>
              {inGroup.map((row) => (
                <Row key={`${row.board} ${row.card.id}`} row={row} here={rows[at] === row} />
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

const Row = ({
  row: { board, boardName, card },
  here,
}: {
  readonly row: Waiting;
  readonly here: boolean;
}) => (
  <li className={classes('border-b border-line', here && 'bg-hover shadow-[inset_2px_0_var(--accent)]')}>
    <a
      href={linkTo({ task: { board, id: card.id } })}
      className="flex min-h-10 items-center gap-3 px-4 py-1.5 hover:bg-hover"
    >
      <span className="font-mono text-[11px] text-soft max-sm:hidden">{card.id}</span>
      <span className="min-w-0 flex-1">
        <span className="block truncate">{card.title}</span>
        {card.latest_summary !== null && (
          <span className="block truncate text-[12px] text-soft">{card.latest_summary}</span>
        )}
      </span>
      {card.status === 'blocked' && card.block_kind !== null && <Chip>{t.blockKind(card.block_kind)}</Chip>}
      <span className="text-soft max-sm:hidden">{boardName}</span>
      <Avatar name={card.assignee} />
      <span className="w-8 text-right text-soft">
        <Ago at={card.started_at ?? card.created_at} />
      </span>
    </a>
  </li>
);
