import { useDroppable } from '@dnd-kit/react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type MouseEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Card, Columns } from '../../../src/surfaces/http/wire.ts';
import type { Filter } from '../state/address.ts';
import { furtherCardsQuery, overviewQuery } from '../state/queries.ts';
import { useStore } from '../state/store.ts';
import { statusNames, t } from '../strings.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { classes, IconButton } from '../ui/parts.tsx';
import { BoardCard } from './card.tsx';
import { type ColumnView, columnOf, type Move, mayDrop } from './moves.ts';
import { creatingIn, QuickCreate } from './quick-create.tsx';
import { register } from './walk.ts';

interface Props {
  readonly board: string;
  readonly filter: Filter;
  /** Where it stands among the lanes: droppables of a page have different names. */
  readonly lane: string;
  readonly first: Columns['columns'][number];
  readonly inFirst: ReadonlySet<string>;
  readonly moves: readonly Move[];
  readonly compact: boolean;
  readonly selected: ReadonlySet<string>;
  readonly openTask: string | undefined;
  /** The column that the card in hand comes from. */
  readonly inHand: string | undefined;
  readonly onPick: (event: MouseEvent, card: Card) => void;
  readonly onHide: () => void;
}

/** How many cards before the end the next page is fetched. */
const early = 20;

/** The cards of a column, those behind the first too, as soon as somebody scrolls there. */
function useCards({ board, filter, first, inFirst, moves }: Props) {
  const [wanted, setWanted] = useState(false);
  const further = useInfiniteQuery({
    ...furtherCardsQuery(board, first.status, filter, first.next),
    enabled: wanted && first.next !== null,
  });
  const { data, hasNextPage, isFetching, fetchNextPage } = further;
  const behind = useMemo(() => (data?.pages ?? []).flatMap(({ cards }) => cards), [data]);
  const column = useMemo(
    () => columnOf(first, first.next === null ? [] : behind, inFirst, moves),
    [first, behind, inFirst, moves],
  );
  const onEnd = useCallback(() => {
    if (first.next === null) return;
    if (!wanted) setWanted(true);
    else if (hasNextPage && !isFetching) void fetchNextPage();
  }, [first.next, wanted, hasNextPage, isFetching, fetchNextPage]);
  return { column, onEnd };
}

export function Column(props: Props) {
  const { lane, first, inHand, onHide } = props;
  const { status } = first;
  const { column, onEnd } = useCards(props);
  const accepts = inHand === undefined ? undefined : mayDrop(inHand, status);
  const { ref, isDropTarget } = useDroppable({
    id: `${lane}/${status}`,
    data: { status },
    disabled: accepts === false,
  });
  const creating = useStore(creatingIn) === `${lane}/${status}`;
  const name = statusNames[status];
  return (
    <section
      ref={ref}
      aria-label={name}
      data-column={status}
      className={classes(
        'flex h-full min-w-[12.75rem] max-w-[22rem] flex-1 snap-start flex-col rounded-lg transition-opacity max-sm:min-w-[calc(100vw-1.5rem)]',
        isDropTarget && 'bg-accent-soft outline-1 outline-accent',
        accepts === false && status !== inHand && 'opacity-40',
      )}
    >
      <header className="group/head flex h-9 shrink-0 items-center gap-2 px-2">
        <StatusIcon status={status} />
        <h2 className="font-medium">{name}</h2>
        <span className="text-soft tabular-nums" data-count={status}>
          {column.count}
          {column.more && '+'}
        </span>
        <Slots status={status} />
        <span className="flex-1" />
        <IconButton
          icon="close"
          label={t.hideColumn(name)}
          className="opacity-0 group-hover/head:opacity-100 focus-visible:opacity-100"
          onClick={onHide}
        />
        {(status === 'triage' || status === 'todo' || status === 'ready') && (
          <IconButton
            icon="add"
            label={t.createIn(name)}
            onClick={() => creatingIn.set(`${lane}/${status}`)}
          />
        )}
      </header>
      {creating && (
        <QuickCreate board={props.board} status={status} onClose={() => creatingIn.set(undefined)} />
      )}
      <Cards {...props} column={column} onEnd={onEnd} />
    </section>
  );
}

/** How many workers the home bears at once, where they are. */
function Slots({ status }: { readonly status: string }) {
  const slots = useQuery({ ...overviewQuery, enabled: status === 'running' }).data?.slots;
  if (slots === undefined || status !== 'running') return null;
  const full = slots.taken >= slots.most;
  return (
    <span
      className={classes(
        'truncate text-[11px] whitespace-nowrap tabular-nums',
        full ? 'text-warn' : 'text-soft',
      )}
      title={t.slots}
    >
      {t.slotsOf(slots.taken, slots.most)}
    </span>
  );
}

function Cards({
  board,
  column,
  lane,
  compact,
  selected,
  openTask,
  onPick,
  onEnd,
}: Props & { readonly column: ColumnView; readonly onEnd: () => void }) {
  const scroller = useRef<HTMLDivElement>(null);
  const { cards } = column;
  const rows = useVirtualizer({
    count: cards.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (compact ? 34 : 78),
    getItemKey: (index) => cards[index]?.id ?? index,
    gap: compact ? 3 : 6,
    paddingStart: 2,
    paddingEnd: 12,
    overscan: 6,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= cards.length - early) onEnd();
  }, [last, cards.length, onEnd]);
  useEffect(
    () =>
      register(`${lane}/${column.status}`, {
        cards,
        show: (index) => rows.scrollToIndex(index, { align: 'auto' }),
      }),
    [lane, column.status, cards, rows],
  );
  return (
    <div
      ref={scroller}
      data-cards={`${lane}/${column.status}`}
      className="min-h-0 flex-1 overflow-y-auto px-1.5 [contain:strict]"
    >
      <div className="relative w-full" style={{ height: rows.getTotalSize() }}>
        {shown.map(({ index, key, start }) => {
          const card = cards[index];
          if (card === undefined) return null;
          return (
            <div
              key={key}
              ref={rows.measureElement}
              data-index={index}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${start}px)` }}
            >
              <BoardCard
                board={board}
                card={card}
                compact={compact}
                selected={selected.has(card.id)}
                open={openTask === card.id}
                onPick={onPick}
              />
            </div>
          );
        })}
      </div>
      {cards.length === 0 && <p className="px-2 py-6 text-center text-xs text-soft">{t.emptyColumn}</p>}
    </div>
  );
}
