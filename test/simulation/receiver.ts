import type { OutgoingRequest } from '../../src/services/world.ts';
import type { Faults } from './faults.ts';
import type { Actor, Scheduler } from './scheduler.ts';
import type { Crash } from './sim-store.ts';

type Answer = { readonly status: number; readonly body: string; readonly retryAfter: string | null };

/** One message that arrived, and between which moments it was on its way. */
export interface Arrival {
  readonly id: string;
  readonly sentAt: number;
  readonly at: number;
}

/** Knows when something happened after which a message may be sent a second time by right. */
export interface Calm {
  disturb(): void;
  disturbedSince(time: number): boolean;
}

/** How long a leader that was replaced may not know it, in milliseconds (`src/services/elector.ts`). */
const lease = 60_000;

/** The far side of the webhooks: it accepts, fails, hangs, or accepts and is not heard. */
export class Receiver {
  readonly arrivals: Arrival[] = [];
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #crash: Crash;
  readonly #calm: Calm;

  constructor(scheduler: Scheduler, faults: Faults, crash: Crash, calm: Calm) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#crash = crash;
    this.#calm = calm;
  }

  async send(actor: Actor, request: OutgoingRequest): Promise<Answer> {
    const sentAt = this.#scheduler.time;
    const id = request.headers['webhook-id'] ?? '';
    await this.#scheduler.wait(actor, `sends ${id}`, this.#scheduler.random.whole(0, 300));
    if (this.#faults.happens('webhook hangs')) {
      await this.#scheduler.wait(actor, `hears nothing of ${id}`, request.timeout);
      throw new Error('The webhook did not answer in time.');
    }
    if (this.#faults.happens('webhook answers 500')) return { status: 500, body: '', retryAfter: null };
    this.#arrives({ id, sentAt, at: this.#scheduler.time });
    this.#crash(actor, 'gateway crash after a send');
    if (this.#faults.happens('webhook answer lost')) {
      this.#calm.disturb();
      await this.#scheduler.wait(actor, `hears nothing of ${id}`, request.timeout);
      throw new Error('The webhook did not answer in time.');
    }
    await this.#scheduler.wait(actor, `hears of ${id}`, this.#scheduler.random.whole(0, 300));
    return { status: 200, body: '', retryAfter: null };
  }

  #arrives(arrival: Arrival): void {
    const before = this.arrivals.findLast(({ id }) => id === arrival.id);
    if (before && !this.#calm.disturbedSince(before.sentAt - lease))
      this.#scheduler.fail('nothing is told twice', `${arrival.id} came twice with nothing gone wrong`);
    this.arrivals.push(arrival);
  }
}
