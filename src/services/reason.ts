import { defaultCooldown } from '../domain/cooldown.ts';
import { readEnv, readSeconds } from '../domain/env.ts';
import type { BoardId } from '../domain/ids.ts';
import type { Standing } from '../domain/standing.ts';
import { type HermesDispatcher, type Why, why } from '../domain/why.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { SetAside } from './aside.ts';
import { type FileReader, type Home, liveBoards } from './home.ts';
import { type LimitSettings, limitsOf, lookAt, restsOf, slotsOf } from './queue.ts';
import type { Roster } from './roster.ts';

/** Why a task is not running, by its board and by its home, of which the caller has read the files. */
export async function reasonOf(
  { kernel, home, files }: { readonly kernel: Kernel; readonly home: Home; readonly files: FileReader },
  facts: {
    readonly board: BoardId;
    readonly standing: Standing;
    readonly settings: LimitSettings;
    /** Those that can be started. */
    readonly roster: Roster;
    /** Live gateways that dispatch. */
    readonly dispatchers: readonly string[];
    readonly hermes: HermesDispatcher | undefined;
    /** What gateways have set aside. */
    readonly aside: readonly SetAside[];
    readonly host: string;
  },
): Promise<Why> {
  const { board, standing, settings, roster, dispatchers, host } = facts;
  const cooldown = readSeconds(home.env, 'ANDON_RATE_LIMIT_COOLDOWN_SECONDS', defaultCooldown);
  // A pinned database is one board under whatever name.
  const pinned = readEnv(home.env, 'ANDON_DB') !== undefined;
  const others = pinned ? [] : (await liveBoards(home, files)).filter((other) => other !== board);
  const looks = await Promise.all(
    others.map(async (other) => ({ board: other, seen: await lookAt(kernel, other) })),
  );
  return why(standing, {
    limits: limitsOf(settings, roster, { cooldown, host }),
    board,
    elsewhere: looks.flatMap(slotsOf),
    rests: restsOf(looks),
    dispatchers,
    hermes: facts.hermes ?? null,
    aside: facts.aside.find((each) => each.board === board)?.reason ?? null,
  });
}
