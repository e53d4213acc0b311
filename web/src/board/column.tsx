import { useDroppable } from '@dnd-kit/react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type MouseEvent, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Card, Columns, Status } from '../../../src/surfaces/http/wire.ts';
import type { Filter } from '../state/address.ts';
import { prefs, setPrefs } from '../state/prefs.ts';
import { furtherCardsQuery, overviewQuery } from '../state/queries.ts';
import { useStore } from '../state/store.ts';
import { statusNames, t } from '../strings.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { classes, IconButton } from '../ui/parts.tsx';
import { BoardCard } from './card.tsx';
import { type ColumnView, columnOf, type Lane, laneLabel, type Move, mayDropAt } from './moves.ts';
import { creatingIn, QuickCreate } from './quick-create.tsx';
import { register } from './walk.ts';

interface Props {
  readonly board: string;
  readonly filter: Filter;
  /** The row that it stands in; undefined when the board is one row. */
  readonly lane: Lane | undefined;
  readonly first: Columns['columns'][number];
  readonly inFirst: ReadonlySet<string>;
  readonly moves: readonly Move[];
  readonly compact: boolean;
  readonly selected: ReadonlySet<string>;
  readonly openTask: string | undefined;
  /** The card that somebody drags. */
  readonly inHand: Card | undefined;
  readonly onPick: (event: MouseEvent, card: Card) => void;
}

/** The name of a column among all that are on the page: the lane, and the status. */
export const columnKey = (lane: Lane | undefined, status: string): string => `${lane?.name ?? ''}/${status}`;

/** Columns below each other are as wide as their heading. */
const width = 'min-w-[12.75rem] max-w-[22rem] flex-1 max-sm:min-w-[calc(100vw-1.5rem)]';

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
    () => columnOf(first, first.next === null ? [] : behind, inFirst, moves, filter),
    [first, behind, inFirst, moves, filter],
  );
  const onEnd = useCallback(() => {
    if (first.next === null) return;
    if (!wanted) setWanted(true);
    else if (hasNextPage && !isFetching) void fetchNextPage();
  }, [first.next, wanted, hasNextPage, isFetching, fetchNextPage]);
  return { column, onEnd };
}

export function Column(props: Props) {
  const { lane, first, inHand } = props;
  const { status } = first;
  const { column, onEnd } = useCards(props);
  const accepts = inHand === undefined ? undefined : mayDropAt(inHand, status, lane);
  const key = columnKey(lane, status);
  const { ref, isDropTarget } = useDroppable({
    id: key,
    data: { status, lane },
    disabled: accepts === false,
  });
  const creating = useStore(creatingIn) === key;
  const name = statusNames[status];
  const isOwn = inHand !== undefined && inHand.status === status && !accepts;
  return (
    <section
      ref={ref}
      aria-label={name}
      data-column={status}
      className={classes(
        'group/column relative flex h-full snap-start flex-col rounded-lg transition-opacity',
        width,
        isDropTarget && 'bg-accent-soft outline-1 outline-accent',
        accepts === false && !isOwn && 'opacity-40',
      )}
    >
      {lane === undefined ? (
        <Heading status={status} count={column.count} more={column.more}>
          <AddButton status={status} lane={lane} />
        </Heading>
      ) : (
        <AddButton status={status} lane={lane} />
      )}
      {creating && (
        <QuickCreate
          board={props.board}
          status={status}
          lane={lane}
          onClose={() => creatingIn.set(undefined)}
        />
      )}
      <Cards {...props} column={column} onEnd={onEnd} />
    </section>
  );
}

/** The name of a column and how many cards it has; over all lanes at once it stands alone. */
export function Heading({
  status,
  count,
  more,
  alone = false,
  children,
}: {
  readonly status: Status;
  readonly count: number;
  readonly more: boolean;
  readonly alone?: boolean;
  readonly children?: ReactNode;
}) {
  const name = statusNames[status];
  return (
    <header className={classes('group/head flex h-9 shrink-0 items-center gap-2 px-2', alone && width)}>
      <StatusIcon status={status} />
      <h2 className="font-medium">{name}</h2>
      <span className="text-soft tabular-nums" data-count={status}>
        {count}
        {more && '+'}
      </span>
      <Slots status={status} />
      <span className="flex-1" />
      <IconButton
        icon="close"
        label={t.hideColumn(name)}
        className="opacity-0 group-hover/head:opacity-100 focus-visible:opacity-100"
        onClick={() => setPrefs({ hidden: [...prefs.get().hidden, status] })}
      />
      {children}
    </header>
  );
}

const beginnings: readonly Status[] = ['triage', 'todo', 'ready'];

/** In a lane it lies over the cards, for whoever points there. */
function AddButton({ status, lane }: { readonly status: Status; readonly lane: Lane | undefined }) {
  if (!beginnings.includes(status)) return null;
  return (
    <IconButton
      icon="add"
      label={t.createIn(statusNames[status], lane && laneLabel(lane))}
      className={classes(
        lane !== undefined &&
          'absolute right-2.5 bottom-1 z-10 bg-raised opacity-0 shadow-card group-hover/column:opacity-100 focus-visible:opacity-100',
      )}
      onClick={() => creatingIn.set(columnKey(lane, status))}
    />
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
        'rounded-full border border-line px-1.5 text-[11px] whitespace-nowrap tabular-nums',
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
      register(columnKey(lane, column.status), {
        cards,
        show: (index) => rows.scrollToIndex(index, { align: 'auto' }),
      }),
    [lane, column.status, cards, rows],
  );
  return (
    <div
      ref={scroller}
      data-cards={columnKey(lane, column.status)}
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
      {cards.length === 0 && lane === undefined && (
        <p className="px-2 py-6 text-center text-xs text-soft">{t.emptyColumn}</p>
      )}
    </div>
  );
}
