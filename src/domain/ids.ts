/** Branded scalars: a task's id cannot be handed over where a board is expected, nor seconds for milliseconds. */

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

export type TaskId = Branded<string, 'TaskId'>;
export type RunId = Branded<number, 'RunId'>;
export type EventId = Branded<number, 'EventId'>;
export type BoardId = Branded<string, 'BoardId'>;
export type ProfileName = Branded<string, 'ProfileName'>;
/** Counts the changes of leadership; a write with an old epoch is refused. */
export type Epoch = Branded<number, 'Epoch'>;
/** Unix time or duration in milliseconds: our own tables. */
export type Millis = Branded<number, 'Millis'>;
/** Unix time or duration in whole seconds: the shared tables (contract §0). */
export type Seconds = Branded<number, 'Seconds'>;

export const asTaskId = (text: string): TaskId => text as TaskId;
export const asRunId = (number: number): RunId => number as RunId;
export const asEventId = (number: number): EventId => number as EventId;
export const asEpoch = (number: number): Epoch => number as Epoch;
export const asMillis = (number: number): Millis => number as Millis;
export const asSeconds = (number: number): Seconds => number as Seconds;
export const asProfileName = (text: string): ProfileName => text as ProfileName;

export const toSeconds = (time: Millis): Seconds => asSeconds(Math.floor(time / 1000));
export const toMillis = (time: Seconds): Millis => asMillis(time * 1000);

/** The board that always exists (contract §1.4). */
export const defaultBoard = 'default' as BoardId;
/** The reserved name of the store for what spans boards; no slug can spell it. */
export const homeBoard = '~home' as BoardId;

const slug = /^[a-z0-9][a-z0-9\-_]{0,63}$/;

/** A board's slug, trimmed and lower-cased, or `undefined` when it breaks the rule of contract §1.3. */
export function parseBoardId(text: string): BoardId | undefined {
  const normal = text.trim().toLowerCase();
  return slug.test(normal) ? (normal as BoardId) : undefined;
}

/** A profile's name as it is stored: trimmed and lower-cased (contract §2.1). Blank, `none`, `-` and `null` mean nobody. */
export function parseAssignee(text: string): ProfileName | null {
  const normal = text.trim().toLowerCase();
  return normal === '' || normal === 'none' || normal === '-' || normal === 'null'
    ? null
    : asProfileName(normal);
}

/** How prose names a task (contract §3.1). */
export const taskIdInProse = /\bt_[a-f0-9]{8,}\b/g;
