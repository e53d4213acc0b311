import { asMillis, type EventId, type Millis, type Seconds, type TaskId } from './ids.ts';
import type { Place } from './place.ts';

/**
 * Who is reminded of a task that waits for a person, and when: first where it came from, then its owner, then whoever is on
 * call, and these last again and again, until somebody has said "I am on it" or the task has moved on.
 */
export interface Ladder {
  /** How long one rung has before the next is called. */
  readonly after: Seconds;
  /** How often the last rung is reminded. */
  readonly remind: Seconds;
  readonly owner: Place | null;
  readonly on_call: Place | null;
}

/** A row of `andon_escalations`: where one waiting task stands on the ladder. */
export interface Escalation {
  readonly task_id: TaskId;
  /** What made it wait; a newer one begins anew. */
  readonly event_id: EventId;
  readonly rung: number;
  /** How often somebody was reminded. */
  readonly reminders: number;
  readonly due_at: Millis;
  readonly acknowledged_by: string | null;
  readonly acknowledged_at: Millis | null;
}

export interface Waits {
  readonly task_id: TaskId;
  readonly event_id: EventId;
  readonly since: Millis;
}

export interface LadderWork {
  readonly begin: readonly Escalation[];
  /** Tasks that wait no longer, or for something else. */
  readonly end: readonly TaskId[];
  readonly due: readonly Escalation[];
  /** When the next one will be due. */
  readonly next_at: Millis | null;
}

/** What is to be done on the ladder, by what waits now and what is known of it. */
export function ladderWork(
  waiting: readonly Waits[],
  known: readonly Escalation[],
  ladder: Ladder,
  now: Millis,
): LadderWork {
  const reasons = new Map(waiting.map((one) => [one.task_id, one.event_id]));
  const standing = known.filter((row) => reasons.get(row.task_id) === row.event_id);
  const begun = new Set(standing.map((row) => row.task_id));
  const begin = waiting
    .filter((one) => !begun.has(one.task_id))
    .map(
      ({ task_id, event_id, since }): Escalation => ({
        task_id,
        event_id,
        rung: 0,
        reminders: 0,
        due_at: asMillis(since + ladder.after * 1000),
        acknowledged_by: null,
        acknowledged_at: null,
      }),
    );
  const open = [...standing, ...begin].filter((row) => row.acknowledged_at === null);
  const later = open.filter((row) => row.due_at > now).map((row) => row.due_at);
  return {
    begin,
    end: known.filter((row) => !standing.includes(row)).map((row) => row.task_id),
    due: open.filter((row) => row.due_at <= now),
    next_at: later.length === 0 ? null : asMillis(Math.min(...later)),
  };
}

/** Who is reminded now, and how the row stands after that. A rung on which nobody is, is passed over. */
export function ring(
  row: Escalation,
  creators: readonly Place[],
  ladder: Ladder,
  now: Millis,
): { readonly after: Escalation; readonly places: readonly Place[] } {
  const rungs = [
    { rung: 0, places: creators },
    { rung: 1, places: ladder.owner === null ? [] : [ladder.owner] },
    { rung: 2, places: ladder.on_call === null ? [] : [ladder.on_call] },
  ].filter(({ places }) => places.length > 0);
  const called = rungs.find(({ rung }) => rung >= row.rung) ?? rungs.at(-1);
  if (called === undefined) {
    return { after: { ...row, due_at: asMillis(now + ladder.remind * 1000) }, places: [] };
  }
  const next = rungs.find(({ rung }) => rung > called.rung);
  const wait = next === undefined ? ladder.remind : ladder.after;
  return {
    after: {
      ...row,
      rung: (next ?? called).rung,
      reminders: row.reminders + 1,
      due_at: asMillis(now + wait * 1000),
    },
    places: called.places,
  };
}
