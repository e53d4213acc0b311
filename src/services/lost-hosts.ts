import { homeBoard } from '../domain/ids.ts';
import { hostRole } from '../domain/leading.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { World } from './world.ts';

/** Tells machines that are busy or on their way back from those that nothing is heard of (design §3.3). */
export interface LostHosts {
  /** Whether no gateway of this machine has held its lease for the whole grace, for which it must be asked about often. */
  has(host: string): Promise<boolean>;
}

/** A lease is worth asking for this often; there may be hundreds of runs on one machine. */
const interval = 1000;
/** Whoever did not look for longer than a lease lasts may have missed one. */
const longestGap = 60_000;

interface Absence {
  readonly since: number;
  readonly lookedAt: number;
}

/**
 * The time is counted here and not from the lease, which a gateway that stopped has given back, and which a machine of an
 * older home never had. So a new leader waits for the whole grace once more.
 */
export function createLostHosts(world: World, kernel: Kernel, grace: number): LostHosts {
  const absences = new Map<string, Absence>();

  const look = async (host: string): Promise<Absence | undefined> => {
    const known = absences.get(host);
    const now = world.monotonic();
    if (known && now < known.lookedAt + interval) return known;
    const answer = await kernel.lease(homeBoard, { role: hostRole(host) });
    if (!answer.ok || answer.value.lease !== null) {
      absences.delete(host);
      return undefined;
    }
    const goesOn = known !== undefined && now < known.lookedAt + longestGap;
    const absence = { since: goesOn ? known.since : now, lookedAt: now };
    absences.set(host, absence);
    return absence;
  };

  return {
    has: async (host) => {
      const absence = await look(host);
      return absence !== undefined && world.monotonic() >= absence.since + grace;
    },
  };
}
