import { defaultCooldown } from '../../domain/cooldown.ts';
import { readEnv, readSeconds } from '../../domain/env.ts';
import { asProfileName, type TaskId } from '../../domain/ids.ts';
import { type Why, why } from '../../domain/why.ts';
import { liveBoards } from '../../services/home.ts';
import { granted } from './failure.ts';
import { localFiles } from './local-files.ts';
import type { Desk } from './on-board.ts';

/** Why a task is not running, by its board and by its home. */
export async function reasonFor({ kernel, board, home }: Desk, task_id: TaskId): Promise<Why> {
  const standing = granted(await kernel.standing(board, { task_id }));
  const { profilesOf, settingsOf } = await import('./configuration.ts');
  const { asideOn, gatewaysOf, hermesOn } = await import('./gateways.ts');
  const { limitsOf, lookAt, slotsOf } = await import('../../services/queue.ts');
  const dispatchers = (await gatewaysOf(home)).flatMap(({ dispatcher, name }) => (dispatcher ? [name] : []));
  // A gateway's own block in its profile counts for what it dispatches.
  const [name] = dispatchers;
  const settings = await settingsOf(home, name === undefined ? undefined : asProfileName(name));
  const cooldown = readSeconds(home.env, 'ANDON_RATE_LIMIT_COOLDOWN_SECONDS', defaultCooldown);
  // A pinned database is one board under whatever name.
  const pinned = readEnv(home.env, 'ANDON_DB') !== undefined;
  const others = pinned ? [] : (await liveBoards(home, localFiles)).filter((other) => other !== board);
  const elsewhere = await Promise.all(
    others.map(async (other) => slotsOf({ board: other, seen: await lookAt(kernel, other) })),
  );
  return why(standing, {
    limits: limitsOf(settings, (await profilesOf(home)).startable, cooldown),
    board,
    elsewhere: elsewhere.flat(),
    dispatchers,
    hermes: (await hermesOn(home)) ?? null,
    aside: (await asideOn(home)).find((each) => each.board === board)?.reason ?? null,
  });
}
