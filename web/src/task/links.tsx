import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Card, TaskView } from '../../../src/surfaces/http/wire.ts';
import { useAsk } from '../state/actions.ts';
import { post, query, remove } from '../state/api.ts';
import { boardPath, searchQuery, taskQuery } from '../state/queries.ts';
import { linkTo } from '../state/route.ts';
import { t } from '../strings.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { IconButton } from '../ui/parts.tsx';

type Side = 'parents' | 'children';
const ends = (side: Side, own: string, other: string) =>
  side === 'parents' ? { parent_id: other, child_id: own } : { parent_id: own, child_id: other };

/** What a task waits for, and what waits for it. */
export function Links({ board, view }: { readonly board: string; readonly view: TaskView }) {
  return (
    <section aria-label={t.dependencies} className="flex flex-col gap-3">
      {(['parents', 'children'] as const).map((side) => (
        <LinkList key={side} board={board} view={view} side={side} />
      ))}
    </section>
  );
}

function LinkList({
  board,
  view,
  side,
}: {
  readonly board: string;
  readonly view: TaskView;
  readonly side: Side;
}) {
  const [adding, setAdding] = useState(false);
  const { id } = view.task;
  const ask = useAsk(board, id);
  const cut = (other: string): void =>
    ask.mutate(() => remove(`${boardPath(board)}/links${query(ends(side, id, other))}`));
  return (
    <div>
      <div className="flex items-center gap-1">
        <h3 className="heading">{t.links[side]}</h3>
        <IconButton icon="add" label={t.addLink[side]} onClick={() => setAdding(!adding)} />
      </div>
      {adding && (
        <LinkSearch
          board={board}
          own={id}
          label={t.addLink[side]}
          onPick={(card) => {
            setAdding(false);
            ask.mutate(() => post(`${boardPath(board)}/links`, ends(side, id, card.id)));
          }}
        />
      )}
      <ul>
        {view[side].map((other) => (
          <LinkRow key={other} board={board} id={other} onCut={() => cut(other)} />
        ))}
      </ul>
    </div>
  );
}

function LinkRow({
  board,
  id,
  onCut,
}: {
  readonly board: string;
  readonly id: string;
  readonly onCut: () => void;
}) {
  const { data } = useQuery(taskQuery(board, id));
  return (
    <li className="group flex h-8 items-center gap-2 rounded-md px-1.5 hover:bg-hover">
      <StatusIcon status={data?.task.status ?? 'todo'} />
      <a href={linkTo({ task: { board, id } })} className="min-w-0 flex-1 truncate">
        {data?.task.title ?? id}
      </a>
      <span className="font-mono text-[11px] text-soft">{id}</span>
      <IconButton
        icon="close"
        label={t.unlink(id)}
        className="opacity-0 group-hover:opacity-100 focus-visible:opacity-100 pointer-coarse:opacity-100"
        onClick={onCut}
      />
    </li>
  );
}

/** Finds a task of the board by its title. */
export function LinkSearch({
  board,
  own,
  label,
  onPick,
}: {
  readonly board: string;
  readonly own: string;
  readonly label: string;
  readonly onPick: (card: Card) => void;
}) {
  const [title, setTitle] = useState('');
  const found = useQuery(searchQuery(board, title)).data?.columns ?? [];
  const cards = found.flatMap(({ cards: some }) => some).filter(({ id }) => id !== own);
  return (
    <div className="my-1 rounded-lg border border-line p-1">
      <input
        autoFocus
        value={title}
        onChange={(event) => setTitle(event.target.value)}
        placeholder={t.searchTasks}
        aria-label={label}
        className="w-full bg-transparent px-1.5 py-1 outline-none placeholder:text-soft"
      />
      <ul className="max-h-56 overflow-y-auto">
        {cards.slice(0, 20).map((card) => (
          <li key={card.id}>
            <button
              type="button"
              onClick={() => onPick(card)}
              className="flex w-full items-center gap-2 rounded-md px-1.5 py-1 text-left hover:bg-hover"
            >
              <StatusIcon status={card.status} />
              <span className="min-w-0 flex-1 truncate">{card.title}</span>
              <span className="font-mono text-[11px] text-soft">{card.id}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
