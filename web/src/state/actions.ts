import { useMutation } from '@tanstack/react-query';
import type { Outcome, Status, Task } from '../../../src/surfaces/http/wire.ts';
import { type Move, wayTo } from '../board/moves.ts';
import { statusNames, t } from '../strings.ts';
import { say, sayUndoable, sayWrong } from '../ui/toasts.tsx';
import { type Fields, patch, post } from './api.ts';
import { boardPath, queryClient, taskPath, taskQuery } from './queries.ts';
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
    const back = undoOf(board, [card]);
    if (Object.values(ends).includes(wanted.to) && back)
      sayUndoable(t.movedTo(card.title, statusNames[wanted.to]), back);
  } catch (error) {
    sayWrong(t.notMoved(card.title), error);
  } finally {
    withoutMove(board, card.id);
  }
}

/** Where the kernel puts a task back to, out of `done` and `archived` too. */
const places: readonly string[] = ['triage', 'todo', 'ready'];
/** The verbs that end a task, and where they bring it. */
const ends: Readonly<Record<string, Status>> = { archive: 'archived', complete: 'done' };

interface Stood {
  readonly id: string;
  readonly status: string;
}

/** How to bring tasks back to where they stood; undefined when one stood where nothing but work or a person's word leads. */
function undoOf(board: string, stood: readonly Stood[]): (() => void) | undefined {
  if (stood.length === 0 || !stood.every(({ status }) => places.includes(status))) return undefined;
  return () => void putBack(board, stood);
}

async function putBack(board: string, stood: readonly Stood[]): Promise<void> {
  for (const [to, some] of Map.groupBy(stood, ({ status }) => status)) {
    const ids = some.map(({ id }) => id);
    for (const { error } of await bulk(board, ids, 'place', { to })) {
      if (error !== undefined) sayWrong(t.notDone, new Error(error.detail));
    }
    for (const id of ids) refresh(board, id);
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
  const before = queryClient.getQueryData(taskQuery(board, id).queryKey)?.task;
  try {
    await post(`${taskPath(board, id)}/${verb}`, fields);
    const to = ends[verb];
    const back = before === undefined || to === undefined ? undefined : undoOf(board, [before]);
    if (before && to && back) sayUndoable(t.movedTo(before.title, statusNames[to]), back);
    else if (done !== undefined) say(done);
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

/** One command on many tasks, and what became of each. */
async function bulk(
  board: string,
  ids: readonly string[],
  command: string,
  input: Fields,
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
  return all;
}

/** One command on many tasks, which stand where it is said; gives each that refused, with its sentence. */
export async function actOnMany(
  board: string,
  stood: readonly Stood[],
  command: string,
  input: Fields = {},
): Promise<readonly Outcome[]> {
  const all = await bulk(
    board,
    stood.map(({ id }) => id),
    command,
    input,
  );
  const refused = all.filter(({ ok }) => !ok);
  const done = all.filter(({ ok }) => ok).map(({ id }) => id);
  if (done.length === 0) return refused;
  const sentence = t.doneOf(done.length, stood.length);
  const back = undoOf(
    board,
    stood.filter(({ id }) => done.includes(id)),
  );
  if (ends[command] !== undefined && back) sayUndoable(sentence, back);
  else say(sentence);
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
