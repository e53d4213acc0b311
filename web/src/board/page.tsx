import { Accessibility, PointerActivationConstraints, PointerSensor, StyleInjector } from '@dnd-kit/dom';
import { DragDropProvider, DragOverlay } from '@dnd-kit/react';
import { useQuery } from '@tanstack/react-query';
import { type ComponentProps, useState } from 'react';
import type { Card, Status } from '../../../src/surfaces/http/wire.ts';
import { useMedia } from '../state/media.ts';
import { prefs } from '../state/prefs.ts';
import { columnsQuery } from '../state/queries.ts';
import { useRoute } from '../state/route.ts';
import { useStore } from '../state/store.ts';
import { t } from '../strings.ts';
import { Empty } from '../ui/parts.tsx';
import { BlockDialog } from './block-dialog.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { useBoardKeys } from './keys.ts';
import { Lanes } from './lanes.tsx';
import { moveTo } from './move-menu.tsx';
import { type Lane, mayDropAt, moveInto } from './moves.ts';
import { Row, type RowProps } from './row.tsx';
import { Strip } from './strip.tsx';
import { Toolbar } from './toolbar.tsx';

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

/** The page's policy takes a style that is made while a card is dragged only with the mark that its own scripts carry. */
const { nonce } = document.querySelector<HTMLScriptElement>('script[nonce]') ?? {};

/** A card is a link already, and has its own keys and menu: it is not made a button as well. */
const plugins: NonNullable<ComponentProps<typeof DragDropProvider>['plugins']> = (usual) => [
  ...usual.filter((plugin) => plugin !== Accessibility),
  ...(nonce === undefined ? [] : [StyleInjector.configure({ nonce })]),
];

export function BoardPage({ board }: { readonly board: string }) {
  const { filter } = useRoute();
  const { lanes } = useStore(prefs);
  // One column at a time would leave most rows empty.
  const narrow = useMedia('(width < 40rem)');
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
        const lane: Lane | undefined = operation.target?.data['lane'];
        if (!canceled && card && to && mayDropAt(card, to, lane)) moveTo(board, moveInto(card, to, lane));
      }}
    >
      <Toolbar board={board} />
      {lanes === 'none' || narrow ? (
        <OneRow board={board} filter={filter} inHand={inHand} />
      ) : (
        <Lanes board={board} filter={filter} by={lanes} inHand={inHand} />
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

/** The board without lanes. */
function OneRow({ board, filter, inHand }: RowProps) {
  const { data, error } = useQuery(columnsQuery(board, filter));
  const { hidden } = useStore(prefs);
  if (data === undefined) return <Empty>{error === null ? t.loading : error.message}</Empty>;
  return (
    <>
      <Strip columns={data.columns.filter(({ status }) => !hidden.includes(status))} />
      <div
        className="flex min-h-0 flex-1 scroll-px-2 snap-x gap-1 overflow-x-auto px-2 max-sm:snap-mandatory"
        data-board={board}
      >
        <Row board={board} filter={filter} lane={undefined} data={data} inHand={inHand} />
      </div>
    </>
  );
}
