import { asProfileName, type BoardId } from '../domain/ids.ts';
import { type Loop, type TurnOutcome, turnKey } from '../domain/loop.ts';
import { type Place, parsePlace } from '../domain/place.ts';
import type { TaskView } from '../domain/view.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { BoardGuard } from './board-guard.ts';
import type { Sent } from './channel.ts';
import { NotNow, type Turns } from './loops.ts';

/** The turns of loops that make tasks, and of those that speak into chats. */

interface Boards {
  readonly guard: BoardGuard;
  readonly boards: () => Promise<readonly BoardId[]>;
}

const idle = 2 ** 30;

const over = (note: string | null, more: { empty?: boolean; interrupted?: boolean } = {}): TurnOutcome => ({
  ...{ state: 'over', empty: false, interrupted: false, note },
  ...more,
});

/** Does something on the board of a loop; `undefined` when that cannot be now, which the guard has told. */
const attending =
  ({ guard }: Pick<Boards, 'guard'>) =>
  async <T>({ board }: Loop, work: () => Promise<T>): Promise<T | undefined> => {
    const done = await guard.attend(board, 'A loop could not work on its board', work);
    return done.state === 'done' ? done.value : undefined;
  };

/** A turn is a task, made by a key that is the turn's own, so that it is made once; the next waits until it is finished. */
export function profileTurns(kernel: Kernel, { guard, boards }: Boards): Turns {
  const attend = attending({ guard });
  return {
    patience: idle,
    holdBack: async (loop) => {
      const asked = await attend(loop, () => kernel.goal(loop.board, { assignee: loop.name }));
      return asked?.ok === true && asked.value !== null;
    },
    begin: async (loop) => {
      if (!(await boards()).includes(loop.board)) {
        return over(`There is no board ${loop.board} any more.`, { empty: true, interrupted: true });
      }
      const made = await attend(loop, () => kernel.create(loop.board, taskOf(loop)));
      if (made === undefined) throw new NotNow(`The board ${loop.board} cannot be worked on now.`);
      if (!made.ok) return over(made.refusal.sentence, { empty: true });
      return { state: 'open', task_id: made.value.task.id };
    },
    look: async (loop) => {
      const { task_id, board } = loop;
      if (task_id === null) return over(null, { empty: true });
      if (!(await boards()).includes(board)) {
        return over(`There is no board ${board} any more.`, { empty: true, interrupted: true });
      }
      const seen = await attend(loop, () => kernel.show(board, { task_id, events: 0 }));
      if (seen === undefined) return undefined;
      if (!seen.ok) return over(`Task ${task_id} was deleted.`, { empty: true });
      return standingOf(seen.value);
    },
  };
}

const longestTitle = 200;

/** What one turn of a loop asks of a profile; a chat that made the loop is told how it goes. */
function taskOf(loop: Loop) {
  const [first = ''] = loop.prompt.split('\n');
  const title = first.slice(0, longestTitle);
  const place = parsePlace(loop.session);
  return {
    title,
    body: title === loop.prompt ? undefined : loop.prompt,
    assignee: asProfileName(loop.name),
    created_by: loop.created_by,
    actor: loop.created_by,
    idempotency_key: turnKey(loop),
    ...(place !== undefined && {
      session_id: loop.session,
      subscribe: {
        ...place,
        user_id: loop.user_id ?? undefined,
        notifier_profile: loop.gateway ?? undefined,
      },
    }),
  };
}

/** A task that somebody stopped in its work is an interruption; one that waits for somebody keeps its loop waiting. */
function standingOf({ task, runs, latest_summary }: TaskView): TurnOutcome | undefined {
  if (task.status === 'done') {
    return over(null, { empty: !task.result?.trim() && !latest_summary?.trim() });
  }
  if (task.status === 'archived') return over(null, { empty: true });
  const last = runs.at(-1);
  const stoppedBy = task.status === 'blocked' ? (last?.process?.stop_parked_by ?? null) : null;
  if (stoppedBy === null || last?.outcome !== 'reclaimed') return undefined;
  return over(`${stoppedBy} stopped ${task.id}, so the loop is paused.`, { interrupted: true });
}

/** What is said into a chat. */
export interface Words {
  /** The same whenever this is said again. */
  readonly id: string;
  readonly place: Place;
  readonly text: string;
  /** Whose words they are. */
  readonly user: { readonly id: string | null; readonly name: string };
}

/** A turn is over when its words are said, be its board there or not. A goal of that session goes before. */
export function chatTurns(
  kernel: Pick<Kernel, 'goal'>,
  { guard, boards }: Boards,
  speak: (words: Words) => Promise<Sent>,
): Turns {
  const attend = attending({ guard });
  return {
    patience: idle,
    holdBack: async (loop) => {
      if (!(await boards()).includes(loop.board)) return false;
      const asked = await attend(loop, () => kernel.goal(loop.board, { session_id: loop.session }));
      return asked?.ok === true && asked.value !== null;
    },
    begin: async (loop) => {
      const place = parsePlace(loop.name);
      if (place === undefined) return over(`${loop.name} names no chat.`, { empty: true });
      const user = { id: loop.user_id, name: loop.created_by };
      const sent = await speak({ id: turnKey(loop), place, text: loop.prompt, user });
      if (sent.ok) return over(null);
      if (!sent.final) throw new NotNow(sent.error, sent.retryAfter);
      return over(sent.error, { empty: true });
    },
    look: async () => over(null),
  };
}
