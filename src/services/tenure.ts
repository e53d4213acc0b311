import { asEpoch, asMillis, type Epoch, homeBoard } from '../domain/ids.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { World } from './world.ts';

/**
 * The roles of one gateway, renewed together: one commit of the home store for each renewal, however many roles it holds
 * (design, "decided"). Roles that were taken at different moments fall into step at their first renewal.
 */
export interface Tenure {
  /** Its roles are held under this. */
  readonly token: string;
  /** Renews all of them, unless that was just done for another one. Throws when the home store cannot be written. */
  renew(): Promise<Renewed>;
}

export interface Renewed {
  /** On the monotonic clock, before it was asked for: a lease counts from here. */
  readonly asked: number;
  /** The roles that are still held, with the epochs they are held with. */
  readonly epochs: ReadonlyMap<string, Epoch>;
}

/** How long a lease lasts. */
export const leaseTtl = asMillis(60_000);
/** How often it is renewed. */
export const renewal = 15_000;
/** A renewal this young counts for every role that it found. */
const young = 5000;

export function createTenure(
  world: Pick<World, 'random' | 'monotonic'>,
  kernel: Pick<Kernel, 'renewLeases'>,
): Tenure {
  const token = world.random(8);
  let last: { readonly asked: number; readonly answer: Promise<Renewed> } | undefined;

  const ask = async (asked: number): Promise<Renewed> => {
    const renewed = await kernel.renewLeases(homeBoard, { token, ttl: leaseTtl });
    if (!renewed.ok) throw new Error(renewed.refusal.sentence);
    const epochs = renewed.value.map(({ role, epoch }): [string, Epoch] => [role, asEpoch(epoch)]);
    return { asked, epochs: new Map(epochs) };
  };

  return {
    token,
    renew: () => {
      const now = world.monotonic();
      if (last !== undefined && now < last.asked + young) return last.answer;
      const answer = ask(now);
      const asking = { asked: now, answer };
      last = asking;
      // Whoever asks after a fault asks anew.
      answer.catch(() => {
        if (last === asking) last = undefined;
      });
      return answer;
    },
  };
}
