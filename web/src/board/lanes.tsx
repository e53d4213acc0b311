import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { Columns } from '../../../src/surfaces/http/wire.ts';
import { moves, movesOf } from '../state/actions.ts';
import { prefs, setPrefs } from '../state/prefs.ts';
import { columnsQuery, lanesQuery } from '../state/queries.ts';
import { useStore } from '../state/store.ts';
import { t } from '../strings.ts';
import { Icon } from '../ui/icons.tsx';
import { Avatar, classes, Empty } from '../ui/parts.tsx';
import { columnKey, Heading } from './column.tsx';
import { afterMove, type Lane, laneLabel, laneOf, noLane } from './moves.ts';
import { creatingIn } from './quick-create.tsx';
import { Row, type RowProps } from './row.tsx';

interface Props extends RowProps {
  readonly by: Lane['by'];
}

/** The board as a row of columns for each profile or tenant, under one heading for all. */
export function Lanes({ board, filter, by, inHand }: Props) {
  const { data, error } = useQuery(columnsQuery(board, filter));
  const names = useQuery(lanesQuery(board, by)).data;
  const { hidden } = useStore(prefs);
  const wanted = filter[by];
  const lanes = useMemo(
    () =>
      (names ?? [])
        .filter((name) => wanted === undefined || name === wanted)
        .map((name): Lane => ({ by, name })),
    [names, wanted, by],
  );
  useNewInLane(lanes);
  if (data === undefined || names === undefined) {
    return <Empty>{error === null ? t.loading : error.message}</Empty>;
  }
  return (
    <div className="min-h-0 flex-1 scroll-px-2 overflow-auto" data-board={board}>
      <div className="w-max min-w-full">
        <div className="sticky top-0 z-20 flex gap-1 border-b border-line bg-ground px-2">
          {data.columns
            .filter(({ status }) => !hidden.includes(status))
            .map(({ status, count, more }) => (
              <Heading key={status} status={status} count={count} more={more} alone />
            ))}
        </div>
        {lanes.map((lane) => (
          <LaneRow key={lane.name} board={board} filter={filter} lane={lane} inHand={inHand} />
        ))}
      </div>
    </div>
  );
}

/** A card that is begun by a key, for no lane, is begun in that of nobody. */
function useNewInLane(lanes: readonly Lane[]): void {
  const creating = useStore(creatingIn);
  useEffect(() => {
    const lane = lanes.find(({ name }) => name === noLane) ?? lanes[0];
    if (lane === undefined || !creating?.startsWith('/')) return;
    const folded = prefs.get().folded.filter((key) => key !== foldKey(lane));
    setPrefs({ folded });
    creatingIn.set(columnKey(lane, creating.slice(1)));
  }, [creating, lanes]);
}

const foldKey = ({ by, name }: Lane): string => `${by}:${name}`;

/** Pixels of a card with its gap, of the least row that a card can be dropped on, and of the highest one. */
const heights = { card: 96, compact: 37, least: 44, writing: 140, most: 400 } as const;

function heightOf(columns: Columns['columns'], compact: boolean, writes: boolean): number {
  // What is done does not make a row high: there is always much of it.
  const most = Math.max(
    0,
    ...columns.map(({ status, cards }) => (status === 'done' ? Math.min(2, cards.length) : cards.length)),
  );
  const cards = most * (compact ? heights.compact : heights.card) + 32;
  return Math.min(heights.most, Math.max(heights.least, cards + (writes ? heights.writing : 0)));
}

function LaneRow({ board, filter, lane, inHand }: RowProps & { readonly lane: Lane }) {
  const own = useMemo(() => ({ ...filter, [lane.by]: lane.name }), [filter, lane]);
  const { data } = useQuery(columnsQuery(board, own));
  const { compact, hidden, folded } = useStore(prefs);
  const creating = useStore(creatingIn);
  const pending = movesOf(useStore(moves), board);
  const columns = (data?.columns ?? []).filter(({ status }) => !hidden.includes(status));
  const count = columns.reduce((sum, column) => sum + column.count, 0);
  const comes = pending.some((move) => laneOf(lane.by, afterMove(move)) === lane.name);
  const label = laneLabel(lane);
  // Nobody's row is of no use when everything is somebody's, unless a card can be dropped there.
  if (lane.name === noLane && lane.by === 'tenant' && count === 0 && !comes) return null;
  const key = foldKey(lane);
  const isOpen = !folded.includes(key);
  const writes = columns.some(({ status }) => creating === columnKey(lane, status));
  return (
    <section aria-label={label} data-lane={lane.name} className="border-b border-line">
      <h2 className="sticky left-0 w-max">
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() =>
            setPrefs({ folded: isOpen ? [...folded, key] : folded.filter((other) => other !== key) })
          }
          className="flex h-9 items-center gap-2 px-3 font-medium"
        >
          <span className={classes('text-soft', !isOpen && '-rotate-90')}>
            <Icon name="chevron" />
          </span>
          {lane.by === 'assignee' && <Avatar name={lane.name === noLane ? null : lane.name} />}
          {label}
          <span className="font-normal text-soft tabular-nums">{count}</span>
        </button>
      </h2>
      {isOpen && data !== undefined && (
        <div className="flex gap-1 px-2 pb-1" style={{ height: heightOf(columns, compact, writes) }}>
          <Row board={board} filter={own} lane={lane} data={data} inHand={inHand} />
        </div>
      )}
    </section>
  );
}
