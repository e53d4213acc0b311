import type { ProcessIdentity } from '../../src/domain/run.ts';
import type { Faults } from './faults.ts';
import type { Actor, Scheduler } from './scheduler.ts';

type Role = 'gateway' | 'launcher' | 'worker' | 'straggler' | 'stranger';
type Signal = 'SIGTERM' | 'SIGKILL' | 'SIGSTOP';
/** How a process ended: `code 3`, `signal 9`. */
export type HowEnded = `${'code' | 'signal'} ${number}`;

export interface SimProcess {
  readonly identity: ProcessIdentity;
  readonly role: Role;
  readonly actor: Actor;
  readonly parent: SimProcess | undefined;
  /** The id of its session and group. */
  readonly session: number;
  /** The run's mark in its environment. */
  readonly mark: string | undefined;
  /** Nothing stands in its environment any more. */
  readonly wiped: boolean;
  /** The file that its launcher opened for all that come from it. */
  readonly held: string | undefined;
  readonly workspace: string | undefined;
  /** Ignores SIGTERM. */
  readonly stubborn: boolean;
  /** Waits for a disk until then: no signal reaches it. */
  unkillableUntil: number;
  readonly bornAt: number;
  /** The signal that it was sent and went on after. */
  told: number | undefined;
  readonly onEnd: ((how: HowEnded) => void)[];
  alive: boolean;
}

export interface Birth {
  readonly name: string;
  readonly role: Role;
  readonly parent?: SimProcess;
  /** It leads a session of its own. */
  readonly leads: boolean;
  readonly mark?: string;
  readonly wiped?: boolean;
  readonly held?: string;
  readonly workspace?: string;
  readonly stubborn?: boolean;
  readonly pid?: number;
}

/** So few that each id comes round again soon. */
const [firstPid, lastPid] = [100, 140];
/** A tick of the start mark, in milliseconds. */
const tick = 10;
const signals = { SIGTERM: 15, SIGKILL: 9, SIGSTOP: 19 } as const;

/** The process table of a simulated machine, with ids that come round. */
export class SimProcesses {
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #table = new Map<number, SimProcess>();
  /** Ids with the tick of their last start: two processes never have the same id and start. */
  readonly #starts = new Map<number, string>();
  readonly #idsAlone: boolean;
  #boots = 1;
  #booted = 0;
  #next = firstPid;
  /** Counts what changes here, so that invariants need not look in vain. */
  changes = 0;

  /** `idsAlone`: a broken world in which all start marks are equal. */
  constructor(scheduler: Scheduler, faults: Faults, idsAlone: boolean) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#idsAlone = idsAlone;
    scheduler.onEnd((actor) => {
      for (const process of [...this.#table.values()]) if (process.actor === actor) this.#remove(process);
    });
  }

  get boot(): string {
    return `boot-${this.#boots}`;
  }

  all(): SimProcess[] {
    return [...this.#table.values()];
  }

  start(birth: Birth): SimProcess {
    const pid = birth.pid ?? this.#freePid();
    const start = this.#idsAlone ? '0' : this.#tick();
    const identity = { pid, start, boot: this.boot };
    const process: SimProcess = {
      identity,
      role: birth.role,
      actor: this.#scheduler.actor(`${birth.name}(${pid})`),
      parent: birth.parent,
      session: birth.leads ? pid : (birth.parent?.session ?? pid),
      mark: birth.mark,
      wiped: birth.wiped ?? false,
      held: birth.held,
      workspace: birth.workspace,
      stubborn: birth.stubborn ?? false,
      unkillableUntil: 0,
      bornAt: this.#scheduler.time,
      told: undefined,
      onEnd: [],
      alive: true,
    };
    this.#table.set(pid, process);
    this.#starts.set(pid, this.#tick());
    this.changes += 1;
    return process;
  }

  /** Whether a new process could get this id now: the system keeps it while its session lives. */
  isFree(pid: number): boolean {
    if (this.#table.has(pid) || this.#starts.get(pid) === this.#tick()) return false;
    return !this.all().some((process) => process.session === pid);
  }

  find({ pid, start, boot }: ProcessIdentity): SimProcess | undefined {
    const process = this.#table.get(pid);
    return boot === this.boot && process?.identity.start === start ? process : undefined;
  }

  at(pid: number): SimProcess | undefined {
    return this.#table.get(pid);
  }

  /** As the wall clock tells it now. */
  startedAt(identity: ProcessIdentity): number {
    const age = this.#scheduler.time - (this.find(identity)?.bornAt ?? this.#scheduler.time);
    return this.#scheduler.wall() - age;
  }

  /** By the same rule as `treeOf`: the session of the leader, the mark, the held file, and their children. */
  tree(leader: number | null, mark: string, held: string | undefined): SimProcess[] {
    const isOfRun = (one: SimProcess): boolean =>
      (one.mark === mark && !one.wiped) || (held !== undefined && one.held === held);
    const members = new Set(this.all().filter((one) => one.session === leader || isOfRun(one)));
    for (let before = -1; before !== members.size; ) {
      before = members.size;
      for (const one of this.all()) if (one.parent?.alive && members.has(one.parent)) members.add(one);
    }
    return [...members];
  }

  signal(process: SimProcess, signal: Signal): void {
    const left = process.unkillableUntil - this.#scheduler.time;
    if (left > 0) {
      // It is delivered when the process comes back from its wait.
      if (signal === 'SIGKILL') this.#scheduler.turn(nobody, 'dies at last', () => this.kill(process), left);
      return;
    }
    if (signal === 'SIGSTOP') process.actor.frozen = true;
    else if (signal === 'SIGKILL') this.kill(process);
    else if (process.role === 'launcher') process.told = signals[signal];
    else if (!process.stubborn) this.exit(process, `signal ${signals[signal]}`);
  }

  kill(process: SimProcess): void {
    this.exit(process, 'signal 9');
  }

  exit(process: SimProcess, how: HowEnded): void {
    if (!process.alive) return;
    process.alive = false;
    this.#table.delete(process.identity.pid);
    this.changes += 1;
    this.#scheduler.note(`${process.actor.name} ends: ${how}`);
    this.#scheduler.end(process.actor);
    for (const listener of process.onEnd) listener(how);
  }

  /** Now and then a process waits for a disk, and no signal reaches it for a while. */
  mayHang(process: SimProcess): void {
    if (!this.#faults.happens('unkillable worker')) return;
    const wait = this.#scheduler.random.whole(1000, 40_000);
    process.unkillableUntil = this.#scheduler.time + wait;
    process.actor.frozen = true;
    const goOn = (): void => {
      process.actor.frozen = false;
    };
    this.#scheduler.turn(nobody, 'a disk answers', goOn, wait);
  }

  /** Everything ends without a word, and the machine comes up again. */
  reboot(): void {
    for (const process of this.all()) {
      process.onEnd.length = 0;
      this.exit(process, 'signal 9');
    }
    this.#boots += 1;
    this.#booted = this.#scheduler.time;
    this.#starts.clear();
    this.#next = firstPid;
  }

  #remove(process: SimProcess): void {
    if (process.alive) this.exit(process, 'signal 9');
  }

  #tick(): string {
    return String(Math.floor((this.#scheduler.time - this.#booted) / tick));
  }

  #freePid(): number {
    for (let tries = firstPid; tries <= lastPid; tries++) {
      const pid = this.#next;
      this.#next = pid === lastPid ? firstPid : pid + 1;
      if (this.isFree(pid)) return pid;
    }
    throw new Error('The simulated machine has no process id left.');
  }
}

/** Whose turn it is when nobody's is: the machine itself. */
const nobody: Actor = { name: 'machine', frozen: false, ended: false, doing: undefined };
