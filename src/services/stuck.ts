import type { Started } from '../domain/admission.ts';
import type { World } from './world.ts';

/** How many intervals may go by before it is worth a word, and how often it is said again (contract §5.13). */
const intervals = 6;
const repeatAfter = 300_000;

/** What one pass came to: the tasks that nothing kept from starting, and how many did start. */
export interface PassOutcome {
  readonly admitted: readonly Started[];
  readonly started: number;
}

/**
 * Notices a dispatcher that is stuck: for six intervals there was a task that could have started, by the very rule behind
 * `why`, and none did. Full limits, pauses, outside lanes and tasks of nobody are obstacles, so they never count.
 */
export function createStuckWatch(
  world: Pick<World, 'monotonic' | 'log'>,
  interval: number,
): (pass: PassOutcome) => void {
  let since: number | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;
  return ({ admitted, started }) => {
    if (started > 0 || admitted.length === 0) {
      since = undefined;
      return;
    }
    const now = world.monotonic();
    since ??= now;
    if (now - since < intervals * interval || now - toldAt < repeatAfter) return;
    toldAt = now;
    world.log.warn(
      'Tasks could start and none does: look at the errors above, at the commands of their profiles, at PATH and at credentials.',
      {
        intervals: Math.floor((now - since) / interval),
        tasks: admitted.slice(0, 10).map(({ board, ready }) => `${board}/${ready.task.id}`),
      },
    );
  };
}
