import { hermesName } from '../domain/why.ts';
import { hermesDispatcher } from './hermes.ts';
import type { Home } from './home.ts';
import { liveGateways } from './presence.ts';
import type { World } from './world.ts';

/** What to tell somebody whose new task nobody will start; nothing when somebody will, or when nobody can tell (contract §8.4). */
export async function dispatchWarning(
  home: Home,
  world: World,
  what = 'the task',
): Promise<string | undefined> {
  try {
    const hermes = await hermesDispatcher(home, world);
    if (hermes !== undefined) {
      return `⚠ On this home ${hermesName(hermes)} dispatches, so ${what} is left to it; Andon starts nothing until it is gone.`;
    }
    const gateways = await liveGateways(home, world);
    if (gateways.some(({ dispatcher }) => dispatcher)) return undefined;
    const [idle] = gateways;
    return idle === undefined
      ? `⚠ No gateway is running, so ${what} waits; \`andon gateway start\` starts one.`
      : `⚠ The gateway ${idle.name} (pid ${idle.pid}) does not dispatch, so ${what} waits; set dispatch_in_gateway: true in andon.yaml and restart it.`;
  } catch {
    return undefined;
  }
}
