import type { Result } from '../domain/errors.ts';
import type { BoardId, Epoch } from '../domain/ids.ts';
import type { Role } from '../domain/leading.ts';
import type { DueDelivery } from '../domain/view.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { BoardGuard } from './board-guard.ts';
import type { Channel } from './channel.ts';
import { createDelivery } from './delivery.ts';
import type { Elector } from './elector.ts';
import { createLadderWatch, type Reminding } from './ladder.ts';
import { letGo } from './let-go.ts';
import type { NotifySettings } from './notify-settings.ts';
import { courteously, createLoop, type Service } from './service.ts';
import { createErrorReport } from './throttle.ts';
import type { World } from './world.ts';

/**
 * Tells people what happened (design §3.5). Events become deliveries in one transaction; each is then sent and recorded by
 * itself. How it can fail:
 * - It dies between sending and recording: that one message is sent again, with the same id; nothing else is.
 * - What was sent cannot be recorded: that is tried again, and nothing is sent again while this process lives.
 * - A destination is down or slow: its deliveries wait on their own back-off, and others go on meanwhile.
 * - Another notifier has taken over: the board refuses our records by epoch, and we stop at once.
 */
export interface NotifierOptions {
  readonly role: Role;
  /** The profile whose subscriptions it serves; null for those that nobody owns. */
  readonly owner: string | null;
  readonly elector: Elector;
  readonly guard: BoardGuard;
  readonly channels: readonly Channel[];
  readonly boards: () => Promise<readonly BoardId[]>;
  readonly notifications: NotifySettings;
  /** The profile that answers where the settings name none. */
  readonly agent: () => Promise<string | undefined>;
  /** How people are reminded of what waits for them; nobody is when not said. */
  readonly reminding?: Reminding | undefined;
}

/** How many destinations are served at once. */
const mostDestinations = 100;
/** How long a stopping gateway waits for what is under way; the rest is sent again, with the same id. */
const graceAtStop = 1500;
const afterFault = 5000;
const idle = 60_000;

/** Of a board on which nothing has changed nothing is asked before `dueAt`, Unix milliseconds. */
interface Served {
  readonly epoch: Epoch;
  readonly unfollow: () => void;
  changed: boolean;
  dueAt: number;
}

export function createNotifier(
  world: World,
  kernel: Kernel,
  options: NotifierOptions,
): Service & { wake(): void } {
  const { elector, role } = options;
  const channels = new Map(options.channels.map((channel) => [channel.platform, channel]));
  const scope = { platforms: [...channels.keys()], owner: options.owner };
  const report = createErrorReport(world, world.log);
  const boards = new Map<BoardId, Served>();
  const sending = new Map<string, Promise<void>>();
  const onRefusal = (result: Result<unknown>, epoch: Epoch): void => {
    if (!result.ok && result.refusal.code === 'not_leader') elector.stepDown(epoch);
  };
  const ladder = options.reminding && createLadderWatch(world, kernel, { role, ...options.reminding });
  const deliver = createDelivery(world, kernel, {
    ...options,
    scope,
    channels,
    leads: (epoch) => elector.epoch() === epoch,
    onRefusal,
  });

  const ask = (board: BoardId, wake: () => void): void => {
    const known = boards.get(board);
    if (known) known.changed = true;
    wake();
  };
  const changed = (board: BoardId): void => {
    ladder?.changed(board);
    ask(board, later.call);
  };
  const enter = async (board: BoardId, epoch: Epoch): Promise<Served | undefined> => {
    const known = boards.get(board);
    if (known?.epoch === epoch) return known;
    const raised = await kernel.raiseEpoch(board, { role, epoch });
    onRefusal(raised, epoch);
    if (!raised.ok) return undefined;
    ladder?.changed(board);
    const unfollow = known?.unfollow ?? kernel.follow(board, () => changed(board));
    const served = { epoch, unfollow, changed: true, dueAt: 0 };
    boards.set(board, served);
    return served;
  };

  /** Begins the due delivery of each destination that is free; what is under way wakes the loop when it ends. */
  const begin = (board: BoardId, epoch: Epoch, due: readonly DueDelivery[]): void => {
    for (const delivery of due) {
      const destination = `${board} ${delivery.platform} ${delivery.chat_id}`;
      if (sending.has(destination)) continue;
      const work = deliver(board, epoch, delivery)
        .catch(async (error: unknown) => {
          report('A delivery could not be recorded', error, { board });
          // It is still due, and must not be tried as fast as it can be.
          await new Promise<void>((resolve) => world.after(afterFault, resolve));
        })
        .finally(() => {
          sending.delete(destination);
          ask(board, loop.wake);
        });
      sending.set(destination, work);
    }
  };

  const serve = async (board: BoardId, epoch: Epoch): Promise<number> => {
    const served = await enter(board, epoch);
    if (served === undefined) return idle;
    // What it finds becomes deliveries, which are then sent like any other.
    const climbs = ladder === undefined ? idle : await ladder.look(board, epoch);
    if (climbs === undefined) {
      elector.stepDown(epoch);
      return idle;
    }
    if (!served.changed && world.now() < served.dueAt) return Math.min(climbs, served.dueAt - world.now());
    served.changed = false;
    try {
      served.dueAt = world.now() + (await tellDue(board, epoch));
      return Math.min(climbs, served.dueAt - world.now());
    } catch (error) {
      served.changed = true;
      throw error;
    }
  };

  /** Begins what is due, and gives in how many milliseconds more is. */
  const tellDue = async (board: BoardId, epoch: Epoch): Promise<number> => {
    const question = () => kernel.dueDeliveries(board, { ...scope, limit: mostDestinations });
    let answer = await question();
    if (answer.ok && answer.value.behind) {
      onRefusal(await kernel.fanOut(board, { role, epoch, ...scope }), epoch);
      answer = await question();
    }
    if (!answer.ok) return idle;
    const { due, next_at, now } = answer.value;
    begin(board, epoch, due);
    // What is due is under way, and wakes the loop; only what comes later needs a timer.
    return next_at === null ? Number.POSITIVE_INFINITY : next_at - now;
  };

  const loop = createLoop(world, async () => {
    const epoch = elector.epoch();
    if (epoch === undefined) return idle;
    let next = idle;
    const open = await options.boards();
    await letGo(kernel, boards, open);
    for (const board of open) {
      const work = () => serve(board, epoch);
      const served = await options.guard.attend(board, 'Messages of a board could not be sent', work);
      next = Math.min(next, served.state === 'done' ? served.value : 1000);
    }
    return next;
  });

  const later = courteously(world, loop.wake);

  return {
    ...loop,
    stop: async () => {
      later.end();
      await loop.stop();
      const waited = new Promise<void>((resolve) => world.after(graceAtStop, resolve));
      await Promise.race([Promise.all(sending.values()), waited]);
      for (const { unfollow } of boards.values()) unfollow();
      boards.clear();
    },
  };
}
