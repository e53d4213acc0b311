import type { Card } from '../../../src/surfaces/http/wire.ts';

/**
 * The way from card to card by key. Columns show only what is in view, so each says here what it has and how to bring one of
 * its cards into view.
 */
interface Stand {
  readonly cards: readonly Card[];
  readonly show: (index: number) => void;
}

const stands = new Map<string, Stand>();

/** A column comes; gives back how it goes. */
export function register(key: string, stand: Stand): () => void {
  stands.set(key, stand);
  return () => {
    if (stands.get(key) === stand) stands.delete(key);
  };
}

export interface Place {
  readonly key: string;
  readonly index: number;
  readonly card: Card;
}

/** The card that has the focus, or in which something has. */
export function placeOfFocus(): Place | undefined {
  const at = document.activeElement;
  const id = at?.closest<HTMLElement>('[data-card]')?.dataset['card'];
  const key = at?.closest<HTMLElement>('[data-cards]')?.dataset['cards'];
  const cards = stands.get(key ?? '')?.cards ?? [];
  const index = cards.findIndex((card) => card.id === id);
  const card = cards[index];
  return key === undefined || card === undefined ? undefined : { key, index, card };
}

/** The cards of a column, in their order. */
export const cardsAt = (key: string): readonly Card[] => stands.get(key)?.cards ?? [];

/** The lanes on the page, in their order; none when the board is one row. */
export const laneNames = (): readonly string[] =>
  [...document.querySelectorAll<HTMLElement>('[data-lane]')].map(({ dataset }) => dataset['lane'] ?? '');

/** How many frames a card is given to appear at its new place. */
const patience = 20;

/** Gives the focus to a card as soon as it stands where it goes, unless somebody has gone elsewhere meanwhile. */
export function focusCard(id: string, frames = patience): void {
  requestAnimationFrame(() => {
    const over = document.querySelector('[data-over]:not([data-closed])') !== null;
    const link = document.querySelector<HTMLElement>(`[data-card="${CSS.escape(id)}"] a`);
    if (!over && link !== null && document.activeElement === document.body) link.focus();
    else if (frames > 0 && document.activeElement !== link) focusCard(id, frames - 1);
  });
}

const statusIn = (key: string): string => key.slice(key.lastIndexOf('/') + 1);
const laneIn = (key: string): string => key.slice(0, key.lastIndexOf('/'));

/** The card of this id, wherever it stands. */
export const cardOf = (id: string): Card | undefined =>
  [...stands.values()].flatMap(({ cards }) => cards).find((card) => card.id === id);

function focusOn(key: string, index: number): void {
  const stand = stands.get(key);
  const card = stand?.cards[index];
  if (stand === undefined || card === undefined) return;
  stand.show(index);
  // It is there in the frame after it was scrolled to.
  requestAnimationFrame(() => {
    requestAnimationFrame(() => {
      const columns = [...document.querySelectorAll<HTMLElement>('[data-cards]')];
      const column = columns.find(({ dataset }) => dataset['cards'] === key);
      column?.querySelector<HTMLElement>(`[data-card="${CSS.escape(card.id)}"] a`)?.focus();
      column?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    });
  });
}

/** Goes by so many cards and columns, from the focus or from the first card there is. */
export function walk(down: number, across: number): void {
  const keys = [...document.querySelectorAll<HTMLElement>('[data-cards]')].map(
    ({ dataset }) => dataset['cards'] ?? '',
  );
  const filled = keys.filter((key) => cardsAt(key).length > 0);
  const from = placeOfFocus();
  if (from === undefined) {
    const [first] = filled;
    if (first !== undefined) focusOn(first, 0);
    return;
  }
  const to = across === 0 ? below(filled, from, down) : beside(filled, from, across);
  if (to !== undefined) focusOn(...to);
}

type Aim = readonly [key: string, index: number];

/** The next card of the column; behind its end, the same column of the next lane. */
function below(filled: readonly string[], { key, index }: Place, by: number): Aim | undefined {
  if (index + by >= 0 && index + by < cardsAt(key).length) return [key, index + by];
  const same = filled.filter((other) => statusIn(other) === statusIn(key));
  const next = same[same.indexOf(key) + Math.sign(by)];
  return next === undefined ? undefined : [next, by > 0 ? 0 : cardsAt(next).length - 1];
}

/** The card at the same height in the next column of the lane. */
function beside(filled: readonly string[], { key, index }: Place, by: number): Aim | undefined {
  const same = filled.filter((other) => laneIn(other) === laneIn(key));
  const next = same[same.indexOf(key) + by];
  return next === undefined ? undefined : [next, Math.min(index, cardsAt(next).length - 1)];
}
