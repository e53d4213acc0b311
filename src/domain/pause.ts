import type { Millis, ProfileName } from './ids.ts';

/** What a pause may stop: all of a board, the tasks of one profile there, or those of one tenant. */
export const pauseScopes = ['board', 'profile', 'tenant'] as const;
export type PauseScope = (typeof pauseScopes)[number];

/**
 * One row of `andon_pauses`: nothing that it covers is started until it ends; what runs finishes. `name` is the profile or
 * the tenant, and empty for a board.
 */
export interface Pause {
  readonly scope: PauseScope;
  readonly name: string;
  readonly reason: string | null;
  /** Who paused it. */
  readonly by: string;
  readonly created_at: Millis;
  /** When it ends by itself; `null` for one that waits for a `resume`. */
  readonly until: Millis | null;
}

export type PauseKey = Pick<Pause, 'scope' | 'name'>;

export const isOver = (pause: Pause, now: Millis): boolean => pause.until !== null && pause.until <= now;

/** The first pause that keeps a task from starting for this profile, the widest first. */
export function pauseOn(
  pauses: readonly Pause[],
  task: { readonly tenant: string | null },
  profile: ProfileName | null,
  now: Millis,
): Pause | undefined {
  const names: { readonly [Scope in PauseScope]: string | null } = {
    board: '',
    profile,
    tenant: task.tenant,
  };
  for (const scope of pauseScopes) {
    const found = pauses.find(
      (pause) => pause.scope === scope && pause.name === names[scope] && !isOver(pause, now),
    );
    if (found) return found;
  }
  return undefined;
}

/** What a pause covers, in words. */
export const pausedThing = ({ scope, name }: PauseKey): string =>
  scope === 'board' ? 'this board' : `the ${scope} ${name}`;
