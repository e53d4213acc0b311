import type { PauseBoard } from '../domain/command.ts';
import { ok, type Result, refuse } from '../domain/errors.ts';
import { asMillis, type Millis } from '../domain/ids.ts';
import { type Pause, type PauseKey, pausedThing, pauseOn } from '../domain/pause.ts';
import type { Rest } from '../domain/rest.ts';
import type { Task } from '../domain/task.ts';
import type { Reader, Tx } from '../store/store.ts';
import { activePauses, deletePause, writePause } from '../store/tables/pauses.ts';
import { allRests, deleteHostRests, deleteRest } from '../store/tables/rests.ts';

/**
 * Pauses of a board. They are kept in the board itself, so that the leader's claim sees them in its own transaction: a task
 * is either started before a pause is committed, or not at all.
 */

export async function pause(tx: Tx, input: PauseBoard): Promise<Result<{ pause: Pause }>> {
  const name = input.name.trim();
  if ((input.scope === 'board') !== (name === '')) {
    return refuse('blank_text', `A pause of a ${input.scope} needs its name; that of a board has none.`);
  }
  const { until, for_seconds: seconds } = input;
  const end = seconds === undefined ? (until ?? null) : asMillis(tx.now + seconds * 1000);
  if (end !== null && end <= tx.now) {
    return refuse('invalid_input', 'A pause ends in the future; the time that was given is over.');
  }
  const set: Pause = {
    scope: input.scope,
    name,
    reason: input.reason?.trim() || null,
    by: input.by,
    created_at: tx.now,
    until: end,
  };
  writePause(tx, set);
  return ok({ pause: set });
}

export async function resume(tx: Tx, key: PauseKey): Promise<Result<null>> {
  const name = key.name.trim();
  const ended = (await deletePause(tx, { scope: key.scope, name })) + (await endRests(tx, { ...key, name }));
  if (ended > 0) return ok(null);
  return refuse(
    'not_paused',
    `There is no pause of ${pausedThing(key)}, and it does not rest; \`andon pause --list\` shows those that there are.`,
  );
}

/** Whoever lets a profile go on means its rest too; a board's, that of the hosts. */
async function endRests(tx: Tx, { scope, name }: PauseKey): Promise<number> {
  if (scope === 'tenant') return 0;
  return scope === 'board' ? deleteHostRests(tx) : deleteRest(tx, { subject: 'profile', name });
}

export async function rests(reader: Reader): Promise<Result<readonly Rest[]>> {
  return ok(await allRests(reader));
}

export async function pauses(reader: Reader): Promise<Result<readonly Pause[]>> {
  return ok(await activePauses(reader));
}

/** Why the leader may not start this task now; its assignee is whom it is started for. */
export function refusePaused(active: readonly Pause[], task: Task, now: Millis): Result<never> | undefined {
  const found = pauseOn(active, task, task.assignee, now);
  if (found === undefined) return undefined;
  return refuse(
    'paused',
    `Task ${task.id} is not started: ${pausedThing(found)} was paused by ${found.by}.`,
    [task.id],
  );
}
