import { useMutation } from '@tanstack/react-query';
import type { Outcome, Task } from '../../../src/surfaces/http/wire.ts';
import { type Move, wayTo } from '../board/moves.ts';
import { t } from '../strings.ts';
import { say, sayWrong } from '../ui/toasts.tsx';
import { type Fields, patch, post } from './api.ts';
import { boardPath, queryClient, taskPath } from './queries.ts';
import { createStore } from './store.ts';

/** What somebody does to tasks. Everything here says by itself what was refused. */

/** Moves that the server has not answered yet, by board. */
export const moves = createStore<ReadonlyMap<string, readonly Move[]>>(new Map());
/** Why nobody will start what was just created; the API's own words. */
export const createWarning = createStore<string | undefined>(undefined);

const noMoves: readonly Move[] = [];
export const movesOf = (all: ReadonlyMap<string, readonly Move[]>, board: string): readonly Move[] =>
  all.get(board) ?? noMoves;

function withoutMove(board: string, id: string): void {
  moves.set((all) =>
    new Map(all).set(
      board,
      movesOf(all, board).filter(({ card }) => card.id !== id),
    ),
  );
}

const askFor = async (
  board: string,
  { card, to, assignee }: Move,
  reason: string | undefined,
): Promise<unknown> => {
  const path = taskPath(board, card.id);
  const given = assignee === undefined ? {} : { assignee };
  if (to === card.status) return patch(path, given);
  const way = wayTo(to);
  switch (way.kind) {
    case 'review':
      if (assignee !== undefined) await patch(path, given);
      return post(`${path}/request-review`);
    case 'status':
    case 'reason':
      return patch(path, { ...given, status: way.status, ...(reason !== undefined && { reason }) });
    case 'none':
      return Promise.reject(new Error(t.runsBegin));
  }
};

/** Shows the card in its new column at once, and brings it back with the sentence of a refusal. */
export async function move(board: string, wanted: Move, reason?: string): Promise<void> {
  const { card } = wanted;
  moves.set((all) => {
    const others = movesOf(all, board).filter((other) => other.card.id !== card.id);
    return new Map(all).set(board, [...others, wanted]);
  });
  try {
    await askFor(board, wanted, reason);
    await queryClient.invalidateQueries({ queryKey: ['columns', board] });
  } catch (error) {
    sayWrong(t.notMoved(card.title), error);
  } finally {
    withoutMove(board, card.id);
  }
}

/** Everything about one task that a verb can make old. */
export function refresh(board: string, id: string): void {
  for (const queryKey of [
    ['task', board, id],
    ['why', board, id],
    ['columns', board],
    ['runs', board],
  ]) {
    void queryClient.invalidateQueries({ queryKey });
  }
}

interface Verb {
  readonly board: string;
  readonly id: string;
  /** As the API calls it, `stop` say. */
  readonly verb: string;
  readonly fields?: Fields;
  /** What is said when it is done. */
  readonly done?: string;
}

export async function act({ board, id, verb, fields = {}, done }: Verb): Promise<boolean> {
  try {
    await post(`${taskPath(board, id)}/${verb}`, fields);
    if (done !== undefined) say(done);
    return true;
  } catch (error) {
    sayWrong(t.notDone, error);
    return false;
  } finally {
    refresh(board, id);
  }
}

/** Changes words, priority or assignee; gives whether it was done. */
export async function revise(board: string, id: string, fields: Fields): Promise<boolean> {
  try {
    await patch(taskPath(board, id), fields);
    return true;
  } catch (error) {
    sayWrong(t.notSaved, error);
    return false;
  } finally {
    refresh(board, id);
  }
}

export async function create(board: string, fields: Fields): Promise<Task | undefined> {
  try {
    const { task, warning } = await post<{ task: Task; warning?: string }>(
      `${boardPath(board)}/tasks`,
      fields,
    );
    createWarning.set(warning);
    void queryClient.invalidateQueries({ queryKey: ['columns', board] });
    return task;
  } catch (error) {
    sayWrong(t.notCreated, error);
    return undefined;
  }
}

const mostAtOnce = 200;

/** One command on many tasks; gives each that refused, with its sentence. */
export async function actOnMany(
  board: string,
  ids: readonly string[],
  command: string,
  input: Fields = {},
): Promise<readonly Outcome[]> {
  const all: Outcome[] = [];
  try {
    for (let start = 0; start < ids.length; start += mostAtOnce) {
      const { results } = await post<{ results: Outcome[] }>(`${boardPath(board)}/tasks/bulk`, {
        ids: ids.slice(start, start + mostAtOnce),
        command,
        input,
      });
      all.push(...results);
    }
  } catch (error) {
    sayWrong(t.notDone, error);
  }
  void queryClient.invalidateQueries({ queryKey: ['columns', board] });
  const refused = all.filter(({ ok }) => !ok);
  if (all.length > refused.length) say(t.doneOf(all.length - refused.length, ids.length));
  return refused;
}

/** A change of links, pauses and the like: whatever `work` asks for. */
export function useAsk(board: string, id?: string) {
  return useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onError: (error) => sayWrong(t.notDone, error),
    onSettled: () => {
      if (id !== undefined) refresh(board, id);
      for (const kind of ['pauses', 'rests', 'columns']) {
        void queryClient.invalidateQueries({ queryKey: [kind, board] });
      }
    },
  });
}
