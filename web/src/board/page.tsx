import { Accessibility, PointerActivationConstraints, PointerSensor } from '@dnd-kit/dom';
import { DragDropProvider, DragOverlay } from '@dnd-kit/react';
import { useQuery } from '@tanstack/react-query';
import { type ComponentProps, type MouseEvent, useCallback, useMemo, useState } from 'react';
import type { Card, Status } from '../../../src/surfaces/http/wire.ts';
import { moves, movesOf } from '../state/actions.ts';
import type { Filter } from '../state/address.ts';
import { prefs, setPrefs } from '../state/prefs.ts';
import { columnsQuery, lanesQuery } from '../state/queries.ts';
import { useRoute } from '../state/route.ts';
import { useStore } from '../state/store.ts';
import { t } from '../strings.ts';
import { Avatar, Empty } from '../ui/parts.tsx';
import { BlockDialog } from './block-dialog.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { Column } from './column.tsx';
import { useBoardKeys } from './keys.ts';
import { moveTo } from './move-menu.tsx';
import { idsIn, mayDrop } from './moves.ts';
import { extendTo, selection, toggle } from './selection.ts';
import { Toolbar } from './toolbar.tsx';
import { cardsAt } from './walk.ts';

/** A finger that holds still takes a card up; one that moves at once scrolls. */
const sensors = [
  PointerSensor.configure({
    // The link of a card covers it, and is dragged with it; its buttons are not.
    preventActivation: ({ target }) =>
      target instanceof Element && target.closest('button, input, select') !== null,
    activationConstraints: ({ pointerType }) =>
      pointerType === 'touch'
        ? [new PointerActivationConstraints.Delay({ value: 250, tolerance: 8 })]
        : [new PointerActivationConstraints.Distance({ value: 5 })],
  }),
];

/** A card is a link already, and has its own keys and menu: it is not made a button as well. */
const plugins: NonNullable<ComponentProps<typeof DragDropProvider>['plugins']> = (usual) =>
  usual.filter((plugin) => plugin !== Accessibility);

export function BoardPage({ board }: { readonly board: string }) {
  const { filter } = useRoute();
  const { lanes } = useStore(prefs);
  const [inHand, setInHand] = useState<Card | undefined>(undefined);
  useBoardKeys(board);
  return (
    <DragDropProvider
      sensors={sensors}
      plugins={plugins}
      onDragStart={({ operation }) => setInHand(operation.source?.data['card'])}
      onDragEnd={({ operation, canceled }) => {
        setInHand(undefined);
        const card: Card | undefined = operation.source?.data['card'];
        const to: Status | undefined = operation.target?.data['status'];
        if (!canceled && card && to && mayDrop(card.status, to)) moveTo(board, card, to);
      }}
    >
      <Toolbar board={board} />
      {lanes === 'none' ? (
        <Columns board={board} filter={filter} lane="" inHand={inHand?.status} />
      ) : (
        <Lanes board={board} filter={filter} by={lanes} inHand={inHand?.status} />
      )}
      <DragOverlay dropAnimation={null}>
        {inHand && (
          <div className="rotate-2 rounded-lg border border-line-strong bg-raised px-2.5 py-2 shadow-high">
            <span className="line-clamp-2">{inHand.title}</span>
          </div>
        )}
      </DragOverlay>
      <BulkBar board={board} />
      <BlockDialog />
    </DragDropProvider>
  );
}

interface RowProps {
  readonly board: string;
  readonly filter: Filter;
  readonly inHand: string | undefined;
}

function Columns({ board, filter, lane, inHand }: RowProps & { readonly lane: string }) {
  const { data, error } = useQuery(columnsQuery(board, filter));
  const { compact, hidden } = useStore(prefs);
  const { task } = useRoute();
  const selected = useStore(selection);
  const pending = movesOf(useStore(moves), board);
  const inFirst = useMemo(() => (data === undefined ? new Set<string>() : idsIn(data)), [data]);
  const onPick = useCallback(
    (event: MouseEvent, card: Card) => {
      if (!event.metaKey && !event.ctrlKey && !event.shiftKey) return;
      event.preventDefault();
      const column = cardsAt(`${lane}/${card.status}`).map(({ id }) => id);
      if (event.shiftKey) extendTo(board, card.id, column);
      else toggle(board, card.id);
    },
    [board, lane],
  );
  if (data === undefined) return <Empty>{error === null ? t.loading : error.message}</Empty>;
  return (
    <div
      className="flex min-h-0 flex-1 snap-x gap-1 overflow-x-auto px-2 max-sm:snap-mandatory"
      data-board={board}
    >
      {data.columns
        .filter(({ status }) => !hidden.includes(status))
        .map((column) => (
          <Column
            key={column.status}
            board={board}
            filter={filter}
            lane={lane}
            first={column}
            inFirst={inFirst}
            moves={pending}
            compact={compact}
            selected={selected.board === board ? selected.ids : nobody}
            openTask={task?.board === board ? task.id : undefined}
            inHand={inHand}
            onPick={onPick}
            onHide={() => setPrefs({ hidden: [...hidden, column.status] })}
          />
        ))}
    </div>
  );
}
const nobody: ReadonlySet<string> = new Set();

/** One row of columns for each profile or tenant. */
function Lanes({ board, filter, by, inHand }: RowProps & { readonly by: 'assignee' | 'tenant' }) {
  const names = useQuery(lanesQuery(board, by)).data ?? [];
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      {names.map((name) => (
        <section key={name} aria-label={name} className="flex h-96 flex-col border-b border-line">
          <h2 className="flex items-center gap-2 px-4 pt-2 font-medium">
            {by === 'assignee' && <Avatar name={name === 'none' ? null : name} />}
            {name === 'none' ? t.nobody : name}
          </h2>
          <Columns board={board} filter={{ ...filter, [by]: name }} lane={name} inHand={inHand} />
        </section>
      ))}
    </div>
  );
}
