import type { Service } from '../../src/services/service.ts';
import type { Bells } from './bells.ts';
import type { Fault, Faults } from './faults.ts';
import type { Calm } from './receiver.ts';
import type { Actor, Scheduler } from './scheduler.ts';
import type { SimProcess, SimProcesses } from './sim-processes.ts';

interface Seat {
  readonly name: string;
  process: SimProcess | undefined;
  services: readonly Service[];
  started: Promise<void>;
  leaving: boolean;
}

/** How long a gateway may take to stop (`surfaces/gateway/main.ts`). */
const patience = 2000;

async function stopAll(services: readonly Service[]): Promise<void> {
  for (const service of services.toReversed()) await service.stop().catch(() => undefined);
}

/** The gateways of a machine: each has a name, and is started again some time after it has ended. */
export class Gateways implements Calm {
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #processes: SimProcesses;
  readonly #bells: Bells;
  readonly #furnish: (process: SimProcess, name: string) => readonly Service[];
  readonly #seats: Seat[];
  readonly #nature: Actor;
  #closed = false;
  #disturbedAt = 0;

  constructor(
    parts: {
      readonly scheduler: Scheduler;
      readonly faults: Faults;
      readonly processes: SimProcesses;
      readonly bells: Bells;
    },
    names: readonly string[],
    furnish: (process: SimProcess, name: string) => readonly Service[],
  ) {
    this.#scheduler = parts.scheduler;
    this.#faults = parts.faults;
    this.#processes = parts.processes;
    this.#bells = parts.bells;
    this.#furnish = furnish;
    this.#seats = names.map((name) => ({
      name,
      process: undefined,
      services: [],
      started: Promise.resolve(),
      leaving: false,
    }));
    this.#nature = parts.scheduler.actor('nature');
    this.#scheduler.onEnd((actor) => {
      const seat = this.#seats.find(({ process }) => process?.actor === actor);
      if (seat) this.#ended(seat);
    });
  }

  startAll(): void {
    for (const seat of this.#seats) this.#start(seat);
  }

  running(): SimProcess[] {
    return this.#seats.flatMap(({ process, leaving }) => (process?.alive && !leaving ? [process] : []));
  }

  /** Whether one runs, or is still on its way out. */
  anyAlive(): boolean {
    return this.#seats.some(({ process }) => process?.alive === true);
  }

  disturb(): void {
    this.#disturbedAt = this.#scheduler.time;
  }

  disturbedSince(time: number): boolean {
    return this.#disturbedAt >= time;
  }

  crash(process: SimProcess): void {
    this.disturb();
    this.#processes.kill(process);
  }

  /** A crash in the middle of a step, if the actor is a gateway and the fault happens. */
  readonly crashInStep = (actor: Actor, fault: Fault): void => {
    const seat = this.#seats.find(({ process }) => process?.actor === actor);
    const process = seat?.leaving ? undefined : seat?.process;
    if (process?.alive && this.#faults.happens(fault)) this.crash(process);
  };

  /** SIGSTOP, and SIGCONT much later. */
  freeze(process: SimProcess): void {
    this.disturb();
    process.actor.frozen = true;
    this.#later(process, this.#scheduler.random.whole(5000, 200_000));
  }

  /** Stops a gateway that is about to start a worker, if the fault happens; gives whether it did. */
  freezeBeforeSpawn(process: SimProcess): boolean {
    if (!this.#faults.happens('gateway stopped before a spawn')) return false;
    this.freeze(process);
    return true;
  }

  /** Somebody has just started a worker: the worst moment for a leader of yesterday to go on. */
  workerStarts(): void {
    for (const { process } of this.#seats)
      if (process?.alive && process.actor.frozen && this.#scheduler.random.chance(0.3))
        this.#later(process, this.#scheduler.random.whole(0, 1500));
  }

  #later(process: SimProcess, delay: number): void {
    const goOn = (): void => {
      this.disturb();
      process.actor.frozen = false;
    };
    this.#scheduler.turn(this.#nature, `${process.actor.name} goes on`, goOn, delay);
  }

  reboot(): void {
    this.disturb();
    this.#processes.reboot();
  }

  /** It stops as `andon gateway stop` asks it to, and must leave nothing of its own running. */
  leave(process: SimProcess): void {
    const seat = this.#seats.find((one) => one.process === process);
    if (seat === undefined) return;
    seat.leaving = true;
    const stop = async (): Promise<void> => {
      this.disturb();
      await seat.started;
      let whole = false;
      const stopped = stopAll(seat.services).then(() => {
        whole = true;
      });
      await Promise.race([stopped, this.#scheduler.wait(process.actor, 'has no more patience', patience)]);
      if (whole && this.#bells.listening(process.actor) > 0)
        this.#scheduler.fail('nothing is left over', `${process.actor.name} stopped and still listens`);
      this.#processes.exit(process, 'code 0');
    };
    this.#scheduler.turn(process.actor, 'is asked to stop', () => void stop());
  }

  /** Everything runs again, and at least one gateway is there. */
  heal(): void {
    this.disturb();
    for (const seat of this.#seats) {
      if (seat.process?.alive) seat.process.actor.frozen = false;
    }
    const [first] = this.#seats;
    if (this.running().length === 0 && first && !first.process?.alive) this.#start(first);
  }

  /** All but this many leave; with none left, nobody is started again. */
  thin(most: number): void {
    this.#closed = most === 0;
    for (const process of this.running().slice(most)) this.leave(process);
  }

  #start(seat: Seat): void {
    if (seat.process?.alive) return;
    const process = this.#processes.start({ name: seat.name, role: 'gateway', leads: true });
    seat.process = process;
    seat.leaving = false;
    seat.services = this.#furnish(process, seat.name);
    const { services } = seat;
    const { promise, resolve } = Promise.withResolvers<void>();
    seat.started = promise;
    const start = async (): Promise<void> => {
      for (const service of services) await service.start();
      resolve();
    };
    this.#scheduler.turn(process.actor, 'starts', () => void start());
  }

  #ended(seat: Seat): void {
    if (this.#closed) return;
    const pause = this.#scheduler.random.whole(10, 20_000);
    this.#scheduler.turn(this.#nature, `${seat.name} is started again`, () => this.#again(seat), pause);
  }

  #again(seat: Seat): void {
    if (this.#closed) return;
    if (this.#faults.on || this.running().length === 0) this.#start(seat);
  }
}
