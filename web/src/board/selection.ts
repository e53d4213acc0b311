import { createStore } from '../state/store.ts';

/** The cards that the next action is for; they are of one board. */
export interface Selection {
  readonly board: string;
  readonly ids: ReadonlySet<string>;
  /** Where a range begins. */
  readonly anchor: string | undefined;
}

const none: ReadonlySet<string> = new Set();
export const selection = createStore<Selection>({ board: '', ids: none, anchor: undefined });

export const clearSelection = (): void =>
  selection.set((before) => (before.ids.size === 0 ? before : { ...before, ids: none, anchor: undefined }));

/** Takes the card in, or out when it is in. */
export const toggle = (board: string, id: string): void =>
  selection.set((before) => {
    const ids = new Set(before.board === board ? before.ids : none);
    if (!ids.delete(id)) ids.add(id);
    return { board, ids, anchor: id };
  });

/** Takes in everything between the last card that was taken and this one, in the order of their column. */
export const extendTo = (board: string, id: string, column: readonly string[]): void =>
  selection.set((before) => {
    const from = column.indexOf(before.anchor ?? '');
    const to = column.indexOf(id);
    if (before.board !== board || from < 0) return { board, ids: new Set([id]), anchor: id };
    const range = column.slice(Math.min(from, to), Math.max(from, to) + 1);
    return { ...before, ids: new Set([...before.ids, ...range]) };
  });
