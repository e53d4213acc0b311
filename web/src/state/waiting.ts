import { useQueries, useQuery } from '@tanstack/react-query';
import type { Card, Status } from '../../../src/surfaces/http/wire.ts';
import { boardsQuery, columnsQuery } from './queries.ts';

/** A card, and whose board it is on. */
export interface Waiting {
  readonly board: string;
  readonly boardName: string;
  readonly card: Card;
}

const everything = {};

/** The first cards of these columns on all boards: what waits for a person. */
export function useWaiting(statuses: readonly Status[]): {
  readonly all: readonly Waiting[];
  readonly loading: boolean;
} {
  const boards = useQuery(boardsQuery).data?.boards ?? [];
  const found = useQueries({ queries: boards.map(({ slug }) => columnsQuery(slug, everything)) });
  const all = boards.flatMap(({ slug, name }, index) =>
    (found[index]?.data?.columns ?? [])
      .filter(({ status }) => statuses.includes(status))
      .flatMap(({ cards }) => cards.map((card) => ({ board: slug, boardName: name || slug, card }))),
  );
  return { all, loading: boards.length === 0 || found.some(({ isPending }) => isPending) };
}
