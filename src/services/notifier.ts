import type { Result } from '../domain/errors.ts';
import { asMillis, type BoardId, type Epoch } from '../domain/ids.ts';
import type { Role } from '../domain/leading.ts';
import { retryDelay } from '../domain/message.ts';
import type { DueDelivery } from '../domain/view.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { BoardGuard } from './board-guard.ts';
import type { Elector } from './elector.ts';
import { letGo } from './let-go.ts';
import { createLoop, type Service } from './service.ts';
import { createErrorReport } from './throttle.ts';
import type { Channel, Sent } from './webhook.ts';
import type { World } from './world.ts';

/**
 * Tells people what happened (design §3.5). Events become deliveries in one transaction; each is then sent and recorded by
 * itself. How it can fail:
 * - It dies between sending and recording: that one message is sent again, with the same id; nothing else is.
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
}

/** How many destinations are served at once. */
const mostDestinations = 100;
/** How long a stopping gateway waits for what is under way; the rest is sent again, with the same id. */
const graceAtStop = 1500;
const afterFault = 5000;
const idle = 60_000;

export function createNotifier(
  world: World,
  kernel: Kernel,
  options: NotifierOptions,
): Service & { wake(): void } {
  const { elector, role } = options;
  const channels = new Map(options.channels.map((channel) => [channel.platform, channel]));
  const scope = { platforms: [...channels.keys()], owner: options.owner };
  const report = createErrorReport(world, world.log);
  const boards = new Map<BoardId, { epoch: Epoch; unfollow: () => void }>();
  const sending = new Map<string, Promise<void>>();
  const onRefusal = (result: Result<unknown>, epoch: Epoch): void => {
    if (!result.ok && result.refusal.code === 'not_leader') elector.stepDown(epoch);
  };

  const enter = async (board: BoardId, epoch: Epoch): Promise<boolean> => {
    const known = boards.get(board);
    if (known?.epoch === epoch) return true;
    const raised = await kernel.raiseEpoch(board, { role, epoch });
    onRefusal(raised, epoch);
    if (raised.ok)
      boards.set(board, { epoch, unfollow: known?.unfollow ?? kernel.follow(board, () => loop.wake()) });
    return raised.ok;
  };

  const deliver = async (board: BoardId, epoch: Epoch, delivery: DueDelivery): Promise<void> => {
    const channel = channels.get(delivery.platform);
    if (!channel || elector.epoch() !== epoch) return;
    const sent = await channel.send(board, delivery);
    const outcome = sent.ok ? ({ sent: true } as const) : { sent: false as const, ...retry(delivery, sent) };
    onRefusal(await kernel.recordDelivery(board, { role, epoch, id: delivery.id, outcome }), epoch);
    if (outcome.sent) return;
    const fields = {
      board,
      task: delivery.task_id,
      event: delivery.event_id,
      attempts: delivery.attempts + 1,
    };
    const fate = outcome.retry_at === null ? 'given up' : 'tried again later';
    world.log.warn(`A message was not delivered and is ${fate}: ${outcome.error}`, fields);
  };

  const retry = (delivery: DueDelivery, sent: Extract<Sent, { ok: false }>) => {
    const jitter = Number.parseInt(world.random(2), 16) / 0xffff;
    const delay = sent.final ? null : retryDelay(delivery.attempts + 1, jitter);
    const at = delay === null ? null : asMillis(world.now() + Math.max(delay, sent.retryAfter ?? 0));
    return { error: sent.error, retry_at: at };
  };

  /** Begins the due delivery of each destination that is free; what is under way wakes the loop when it ends. */
  const begin = (board: BoardId, epoch: Epoch, due: readonly DueDelivery[]): void => {
    for (const delivery of due) {
      const destination = `${board} ${delivery.platform} ${delivery.chat_id}`;
      if (sending.has(destination)) continue;
      const work = deliver(board, epoch, delivery)
        .catch(async (error: unknown) => {
          report('A delivery could not be recorded', error, { board });
          // It is still due, and must not be sent as fast as it can be.
          await new Promise<void>((resolve) => world.after(afterFault, resolve));
        })
        .finally(() => {
          sending.delete(destination);
          loop.wake();
        });
      sending.set(destination, work);
    }
  };

  const serve = async (board: BoardId, epoch: Epoch): Promise<number> => {
    if (!(await enter(board, epoch))) return idle;
    const ask = () => kernel.dueDeliveries(board, { ...scope, limit: mostDestinations });
    let answer = await ask();
    if (answer.ok && answer.value.behind) {
      onRefusal(await kernel.fanOut(board, { role, epoch, ...scope }), epoch);
      answer = await ask();
    }
    if (!answer.ok) return idle;
    const { due, next_at, now } = answer.value;
    begin(board, epoch, due);
    // What is due is under way, and wakes the loop; only what comes later needs a timer.
    return next_at === null ? idle : next_at - now;
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

  return {
    ...loop,
    stop: async () => {
      await loop.stop();
      const waited = new Promise<void>((resolve) => world.after(graceAtStop, resolve));
      await Promise.race([Promise.all(sending.values()), waited]);
      for (const { unfollow } of boards.values()) unfollow();
      boards.clear();
    },
  };
}
