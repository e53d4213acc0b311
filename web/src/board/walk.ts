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
  const key = filled[filled.indexOf(from.key) + across];
  if (key === undefined) return;
  const index = Math.min(Math.max(0, from.index + down), cardsAt(key).length - 1);
  focusOn(key, index);
}
