import type { Card, Status } from '../../../src/surfaces/http/wire.ts';
import { move } from '../state/actions.ts';
import { prefs } from '../state/prefs.ts';
import { createStore, useStore } from '../state/store.ts';
import { statusNames, t } from '../strings.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { Menu } from '../ui/menu.tsx';
import { Avatar, IconButton } from '../ui/parts.tsx';
import { gift, laneOf, type Move, mayDrop, noLane, wayTo } from './moves.ts';
import { focusCard, laneNames } from './walk.ts';

/** The card whose menu is open: by its button, or by the key. */
export const openMenu = createStore<string | undefined>(undefined);
/** A card that waits for the word that its move needs. */
export const asking = createStore<{ readonly board: string; readonly wanted: Move } | undefined>(undefined);

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
export function moveTo(board: string, wanted: Move): void {
  if (wanted.to !== wanted.card.status && wayTo(wanted.to).kind === 'reason') asking.set({ board, wanted });
  else void move(board, wanted);
}

/** The same for somebody who has no mouse: the focus goes with the card. */
export function carryTo(board: string, wanted: Move): void {
  moveTo(board, wanted);
  focusCard(wanted.card.id);
}

/** Every move without a mouse. */
export function MoveMenu({ board, card }: { readonly board: string; readonly card: Card }) {
  const open = useStore(openMenu) === card.id;
  const lanes = useStore(prefs).lanes;
  const items = columnNames
    .filter((status) => mayDrop(card.status, status))
    .map((status) => ({
      label: statusNames[status],
      icon: <StatusIcon status={status} />,
      onPick: () => carryTo(board, { card, to: status }),
    }));
  const people = lanes === 'assignee' && open ? laneNames() : [];
  const givings = people.flatMap((name) => {
    const wanted = name === laneOf('assignee', card) ? undefined : gift(card, name);
    if (wanted === undefined) return [];
    return {
      label: t.giveTo(name === noLane ? t.nobody : name),
      icon: <Avatar name={name === noLane ? null : name} />,
      onPick: () => carryTo(board, wanted),
    };
  });
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
      items={[...items, ...givings]}
      label={t.moveTo}
      open={open}
      onOpenChange={(wanted) => openMenu.set(wanted ? card.id : undefined)}
    />
  );
}
