import type { HermesDispatcher } from '../../domain/why.ts';
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
