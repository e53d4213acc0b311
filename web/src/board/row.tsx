import { type MouseEvent, useCallback, useMemo } from 'react';
import type { Card, Columns } from '../../../src/surfaces/http/wire.ts';
import { moves, movesOf } from '../state/actions.ts';
import type { Filter } from '../state/address.ts';
import { prefs } from '../state/prefs.ts';
import { useRoute } from '../state/route.ts';
import { useStore } from '../state/store.ts';
import { Column, columnKey } from './column.tsx';
import { idsIn, type Lane } from './moves.ts';
import { extendTo, selection, toggle } from './selection.ts';
import { cardsAt } from './walk.ts';

export interface RowProps {
  readonly board: string;
  readonly filter: Filter;
  /** The card that somebody drags. */
  readonly inHand: Card | undefined;
}

const nobody: ReadonlySet<string> = new Set();

/** The columns side by side, of the whole board or of one lane; those that somebody hid are left out. */
export function Row({
  board,
  filter,
  lane,
  data,
  inHand,
}: RowProps & { readonly lane: Lane | undefined; readonly data: Columns }) {
  const { compact, hidden } = useStore(prefs);
  const { task } = useRoute();
  const selected = useStore(selection);
  const pending = movesOf(useStore(moves), board);
  const inFirst = useMemo(() => idsIn(data), [data]);
  const onPick = useCallback(
    (event: MouseEvent, card: Card) => {
      if (!event.metaKey && !event.ctrlKey && !event.shiftKey) return;
      event.preventDefault();
      const column = cardsAt(columnKey(lane, card.status)).map(({ id }) => id);
      if (event.shiftKey) extendTo(board, card.id, column);
      else toggle(board, card.id);
    },
    [board, lane],
  );
  return data.columns
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
      />
    ));
}
