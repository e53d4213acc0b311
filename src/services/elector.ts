import { asEpoch, type Epoch, homeBoard } from '../domain/ids.ts';
import type { Role } from '../domain/leading.ts';
import type { Lease } from '../domain/view.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { createLoop, type Service } from './service.ts';
import { leaseTtl, renewal, type Tenure } from './tenure.ts';
import { createErrorReport } from './throttle.ts';
import type { World } from './world.ts';

/**
 * Stands for a role until it is stopped (design §3.4). How it can fail:
 * - The holder dies: its lease names its process, so another on this host sees that within a second and replaces it.
 * - The holder is stopped (SIGSTOP, a laptop's lid) past its lease: another takes over, and when it wakes, its own
 *   monotonic clock has run past what it was granted, so `epoch()` is undefined before it can act; what was already under
 *   way is refused by the board's fence.
 * - The home store cannot be written: the lease runs out here first, because it is counted from before the request.
 * - A board knows a higher epoch, because it came from another home or the home store was lost: the lease is given back
 *   and taken anew, which raises the epoch, until no board refuses it.
 */
export interface Elector extends Service {
  /** The epoch we lead with, while we do. */
  epoch(): Epoch | undefined;
  /** Who else holds the role, as last seen. */
  holder(): Lease | undefined;
  /**
   * A board has refused what was written with `epoch`: another leads, whatever our lease says. A late refusal of an epoch
   * that we no longer lead with says nothing.
   */
  stepDown(epoch: Epoch): void;
}

/** How soon a standby sees that the holder's process is dead. */
const watching = 1000;

/** Times are on the monotonic clock. */
interface Held {
  readonly epoch: Epoch;
  readonly until: number;
  readonly renewAt: number;
}

/** Another's lease as last seen, and when it runs out unless it is renewed, of which nobody tells. */
interface Other {
  readonly lease: Lease;
  readonly until: number;
}

export function createElector(
  world: World,
  kernel: Kernel,
  options: {
    readonly role: Role;
    readonly name: string;
    /** What all roles of a gateway share. */
    readonly tenure: Tenure;
    readonly onChange: () => void;
  },
): Elector {
  const report = createErrorReport(world, world.log);
  const { token } = options.tenure;
  let held: Held | undefined;
  let other: Other | undefined;
  /** Somebody has committed since the other's lease was looked at. */
  let heard = false;
  let refused = false;
  /** The epoch of the other holder that was told last. */
  let told: number | undefined;
  let unfollow = (): void => {};

  const epoch = (): Epoch | undefined => (held && world.monotonic() < held.until ? held.epoch : undefined);

  const isDead = async (lease: Lease): Promise<boolean> => {
    if (lease.host !== world.hostname) return false;
    if (lease.boot !== world.self.boot) return true;
    return !(await world.processes.alive({ pid: lease.pid, start: lease.pid_start, boot: lease.boot }));
  };

  const request = async (deadEpoch: number | undefined): Promise<void> => {
    const asked = world.monotonic();
    const { pid, start, boot } = world.self;
    const answer = await kernel.takeLease(homeBoard, {
      role: options.role,
      name: options.name,
      host: world.hostname,
      boot,
      pid,
      pid_start: start,
      token,
      ttl: leaseTtl,
      dead_epoch: deadEpoch,
    });
    const before = held?.epoch;
    if (answer.ok) {
      held = { epoch: asEpoch(answer.value.epoch), until: asked + leaseTtl, renewAt: asked + renewal };
      other = undefined;
    } else {
      held = undefined;
      await lookAtOther();
    }
    tell(before);
  };

  const lookAtOther = async (): Promise<void> => {
    const asked = world.monotonic();
    const seen = await kernel.lease(homeBoard, { role: options.role });
    other = undefined;
    if (!seen.ok) return;
    const { now, lease } = seen.value;
    // What ran out here, counted from before it was asked for, may be valid there.
    if (lease === null || lease.token === token) return;
    // Never longer than a lease lasts: the clock by which it ends may be set while we wait.
    other = { lease, until: asked + Math.min(leaseTtl, lease.expires_at - now) };
  };

  /** Tells when somebody leads who did not before. */
  const tell = (before: Epoch | undefined): void => {
    const rival = other?.lease.epoch;
    const isNews = held?.epoch !== before || rival !== told;
    told = rival;
    if (!isNews) return;
    if (held && held.epoch !== before)
      world.log.info(`This gateway is ${options.role} now.`, { epoch: held.epoch });
    options.onChange();
  };

  /** False when the lease has run out or is another's, so that it is to be taken anew. */
  const renew = async (mine: Held): Promise<boolean> => {
    const renewed = await options.tenure.renew();
    if (held !== mine) return true;
    if (renewed.epochs.get(options.role) !== mine.epoch) return false;
    const { asked } = renewed;
    held = { epoch: mine.epoch, until: asked + leaseTtl, renewAt: asked + renewal };
    return true;
  };

  /** Asks for the role when it is free, as a write that is refused costs more than a look. */
  const standBy = async (): Promise<void> => {
    held = undefined;
    if (heard) {
      heard = false;
      await lookAtOther();
      if (other !== undefined) tell(undefined);
    }
    const rival = other;
    if (rival === undefined || world.monotonic() >= rival.until) await request(undefined);
    else if (await isDead(rival.lease)) await request(rival.lease.epoch);
  };

  const pass = async (): Promise<number> => {
    try {
      const mine = epoch() === undefined ? undefined : held;
      if (mine && world.monotonic() < mine.renewAt) return mine.renewAt - world.monotonic();
      if (refused) {
        await kernel.releaseLease(homeBoard, { role: options.role, token });
        refused = false;
      }
      if (!mine) await standBy();
      else if (!(await renew(mine))) await request(undefined);
      return held ? Math.max(0, held.renewAt - world.monotonic()) : watching;
    } catch (error) {
      heard = true;
      report(`The lease of the ${options.role} could not be written`, error);
      return watching;
    }
  };
  const loop = createLoop(world, pass);

  return {
    epoch,
    holder: () => other?.lease,
    stepDown: (stale) => {
      if (held?.epoch !== stale) return;
      held = undefined;
      refused = true;
      options.onChange();
      loop.wake();
    },
    start: async () => {
      // A lease given back is a commit: the standby need not wait for its next look.
      unfollow = kernel.follow(homeBoard, () => {
        if (held) return;
        heard = true;
        loop.wake();
      });
      await pass();
      await loop.start();
    },
    stop: async () => {
      unfollow();
      await loop.stop();
      if (!held) return;
      held = undefined;
      await kernel.releaseLease(homeBoard, { role: options.role, token });
    },
  };
}
