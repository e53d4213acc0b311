import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** Every fault that is injected, with how often at most: per step for the first group, per occasion for the second. */
const rates = {
  'gateway crash': 0.008,
  'gateway stopped past its lease': 0.004,
  'gateway leaves': 0.002,
  'clock jump': 0.005,
  'worker killed': 0.02,
  'launcher killed': 0.01,
  'process id reused': 0.03,
  reboot: 0.001,

  'gateway crash before a commit': 0.03,
  'gateway crash after a commit': 0.03,
  'gateway crash after a send': 0.3,
  'gateway stopped before a spawn': 0.1,
  'lost wake-up': 0.5,
  'slow store': 0.1,
  'store busy': 0.06,
  'commit refused': 0.06,
  'worker cannot start': 0.15,
  'unkillable worker': 0.3,
  'write from the grave': 0.2,
  'webhook answers 500': 0.3,
  'webhook hangs': 0.2,
  'webhook answer lost': 0.2,
} as const;
export type Fault = keyof typeof rates;

/** Which faults a run has and how often each was injected. A seed leaves some out, so that the others are seen alone. */
export class Faults {
  readonly counts = new Map<Fault, number>();
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #rates = new Map<Fault, number>();
  #on = true;

  /** `often` come in any case, and more often than others. */
  constructor(scheduler: Scheduler, often: readonly Fault[]) {
    this.#scheduler = scheduler;
    this.#random = scheduler.random;
    const calm = this.#random.chance(0.1);
    for (const [fault, rate] of Object.entries(rates)) {
      const share = calm || this.#random.chance(0.3) ? 0 : this.#random.fraction();
      if (isFault(fault)) this.#rates.set(fault, Math.min(0.5, rate * (often.includes(fault) ? 4 : share)));
    }
  }

  /** Whether this fault happens now; counted and traced when it does. */
  happens(fault: Fault): boolean {
    if (!this.#on) return false;
    const rate = this.#rates.get(fault) ?? 0;
    if (rate === 0 || !this.#random.chance(rate)) return false;
    this.count(fault);
    return true;
  }

  count(fault: Fault): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
    this.#scheduler.note(`fault: ${fault}`);
  }

  get on(): boolean {
    return this.#on;
  }

  /** From here on nothing goes wrong any more. */
  end(): void {
    this.#on = false;
  }
}

const isFault = (name: string): name is Fault => name in rates;
