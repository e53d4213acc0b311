import { useEffect } from 'react';
import { prefs } from '../state/prefs.ts';
import { go } from '../state/route.ts';
import { isTyping } from '../state/typing.ts';
import { carryTo, columnNames, openMenu } from './move-menu.tsx';
import { gift, laneOf, mayDrop } from './moves.ts';
import { clearSelection, toggle } from './selection.ts';
import { laneNames, placeOfFocus, walk } from './walk.ts';

/** What keys do on the board; `pages/shortcuts.tsx` tells people. */
const steps: Readonly<Record<string, readonly [down: number, across: number]>> = {
  ArrowDown: [1, 0],
  j: [1, 0],
  ArrowUp: [-1, 0],
  k: [-1, 0],
  ArrowRight: [0, 1],
  l: [0, 1],
  ArrowLeft: [0, -1],
  h: [0, -1],
};

/** Moves the card with the focus to the next column that takes it. */
function shift(board: string, by: 1 | -1): void {
  const place = placeOfFocus();
  if (place === undefined) return;
  const names: readonly string[] = columnNames;
  const from = names.indexOf(place.card.status);
  const ways = by > 0 ? columnNames.slice(from + 1, -1) : columnNames.slice(0, Math.max(0, from)).reverse();
  const to = ways.find((status) => mayDrop(place.card.status, status));
  if (to !== undefined) carryTo(board, { card: place.card, to });
}

/** Gives the card with the focus to the profile of the lane above or below. */
function give(board: string, by: 1 | -1): void {
  const place = placeOfFocus();
  const names = laneNames();
  const from = place === undefined ? -1 : names.indexOf(laneOf('assignee', place.card));
  const name = names[from + by];
  if (place === undefined || from < 0 || name === undefined) return;
  const wanted = gift(place.card, name);
  if (wanted !== undefined) carryTo(board, wanted);
}

function onKey(board: string, event: KeyboardEvent): boolean {
  if (event.metaKey || event.ctrlKey || event.altKey) return false;
  if (event.shiftKey && (event.key === 'ArrowRight' || event.key === 'ArrowLeft')) {
    shift(board, event.key === 'ArrowRight' ? 1 : -1);
    return true;
  }
  if (event.shiftKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    if (prefs.get().lanes === 'assignee') give(board, event.key === 'ArrowDown' ? 1 : -1);
    return true;
  }
  const step = steps[event.key];
  if (step !== undefined) {
    walk(...step);
    return true;
  }
  const card = placeOfFocus()?.card;
  if (event.key === 'Escape') {
    clearSelection();
    go({ task: undefined });
    return true;
  }
  if (card === undefined) return false;
  if (event.key === 'x') toggle(board, card.id);
  else if (event.key === 'm') openMenu.set(card.id);
  else return false;
  return true;
}

export function useBoardKeys(board: string): void {
  useEffect(() => {
    const heed = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || isTyping(event)) return;
      if (onKey(board, event)) event.preventDefault();
    };
    addEventListener('keydown', heed);
    return () => removeEventListener('keydown', heed);
  }, [board]);
}
