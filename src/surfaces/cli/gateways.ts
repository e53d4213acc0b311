import { type HermesDispatcher, hermesName } from '../../domain/why.ts';
import { readAside } from '../../services/aside.ts';
import { hermesDispatcher } from '../../services/hermes.ts';
import type { Home } from '../../services/home.ts';
import { liveGateways, type Presence } from '../../services/presence.ts';
import { quietWorld } from './quiet-world.ts';

/** The gateways that run on this home. */
export const gatewaysOf = (home: Home): Promise<readonly Presence[]> => liveGateways(home, quietWorld());

/** The Hermes gateway that dispatches on this home, and for which ours stand aside. */
export const hermesOn = (home: Home): Promise<HermesDispatcher | undefined> =>
  hermesDispatcher(home, quietWorld());

/** The boards of this home that a gateway has set aside. */
export const asideOn = (home: Home): ReturnType<typeof readAside> => readAside(home, quietWorld());

/** What to tell somebody whose new task nobody will start; nothing when somebody will, or when nobody can tell (contract §8.4). */
export async function dispatchWarning(home: Home): Promise<string | undefined> {
  try {
    const hermes = await hermesOn(home);
    if (hermes !== undefined) {
      return `⚠ On this home ${hermesName(hermes)} dispatches, so the task is left to it; Andon starts nothing until it is gone.`;
    }
    const gateways = await gatewaysOf(home);
    if (gateways.some(({ dispatcher }) => dispatcher)) return undefined;
    const [idle] = gateways;
    return idle === undefined
      ? '⚠ No gateway is running, so the task waits; `andon gateway start` starts one.'
      : `⚠ The gateway ${idle.name} (pid ${idle.pid}) does not dispatch, so the task waits; set dispatch_in_gateway: true in andon.yaml and restart it.`;
  } catch {
    return undefined;
  }
}
