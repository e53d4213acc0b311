import type { Card, Status } from '../../../src/surfaces/http/wire.ts';
import { move } from '../state/actions.ts';
import { createStore, useStore } from '../state/store.ts';
import { statusNames, t } from '../strings.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { Menu } from '../ui/menu.tsx';
import { IconButton } from '../ui/parts.tsx';
import { mayDrop, wayTo } from './moves.ts';

/** The card whose menu is open: by its button, or by the key. */
export const openMenu = createStore<string | undefined>(undefined);
/** A card that waits for the word that its move needs. */
export const asking = createStore<{ readonly board: string; readonly card: Card } | undefined>(undefined);

export const columnNames: readonly Status[] = [
  'triage',
  'todo',
  'scheduled',
  'ready',
  'running',
  'blocked',
  'review',
  'done',
  'archived',
];

/** Moves a card the way that its column asks for. */
export function moveTo(board: string, card: Card, to: Status): void {
  if (wayTo(to).kind === 'reason') asking.set({ board, card });
  else void move(board, card, to);
}

/** Every move without a mouse. */
export function MoveMenu({ board, card }: { readonly board: string; readonly card: Card }) {
  const open = useStore(openMenu) === card.id;
  const items = columnNames
    .filter((status) => mayDrop(card.status, status))
    .map((status) => ({
      label: statusNames[status],
      icon: <StatusIcon status={status} />,
      onPick: () => moveTo(board, card, status),
    }));
  const trigger = (
    <IconButton
      icon="more"
      label={t.moveCard(card.title)}
      className="absolute top-1 right-1 z-10 bg-raised opacity-0 group-hover:opacity-100 group-focus-within:opacity-100 data-popup-open:opacity-100 pointer-coarse:bg-transparent pointer-coarse:opacity-100"
      onPointerDown={(event) => event.stopPropagation()}
    />
  );
  return (
    <Menu
      trigger={trigger}
      items={items}
      label={t.moveTo}
      open={open}
      onOpenChange={(wanted) => openMenu.set(wanted ? card.id : undefined)}
    />
  );
}
