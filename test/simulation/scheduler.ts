import { asMillis, type Millis } from '../../src/domain/ids.ts';
import type { Random } from './random.ts';

/**
 * Who does what next, and when. Everything that a simulated process waits for is a turn; the seed picks one turn of all
 * that are due, its actor goes on until it waits again, and then the next is picked. Nothing runs between two turns, so
 * that is where an actor may be crashed, stopped, or overtaken. When no turn is due, the clock jumps to the next one.
 */

/** What lives and dies together: the memory of one process. */
export interface Actor {
  readonly name: string;
  /** Stopped (SIGSTOP): it keeps its turns and takes none. */
  frozen: boolean;
  ended: boolean;
  /** The command that it asked of its kernel last. */
  doing: Doing | undefined;
}

export interface Doing {
  readonly command: string;
  readonly input: unknown;
}

/** A rule that did not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly rule: string;

  constructor(rule: string, what: string) {
    super(`${rule}: ${what}`);
    this.rule = rule;
  }
}

interface Turn {
  readonly actor: Actor;
  readonly label: string;
  readonly due: number;
  readonly run: () => void;
}

/** The moment at which every simulation begins. */
const birth = Date.UTC(2026, 10, 21, 9);

export class Scheduler {
  readonly random: Random;
  readonly #turns: Turn[] = [];
  readonly #kept: number;
  readonly #tail: string[] = [];
  readonly #endings: ((actor: Actor) => void)[] = [];
  #current: Actor | undefined;
  #time = 0;
  #offset = 0;
  #furthest = 0;
  #steps = 0;
  #calls = 0;
  #hash = 0x811c9dc5;
  #violation: Violation | undefined;

  /** Keeps the newest `kept` lines of the trace. */
  constructor(random: Random, kept: number) {
    this.random = random;
    this.#kept = kept;
  }

  /** Milliseconds since the beginning. */
  get time(): number {
    return this.#time;
  }

  /** How often somebody has asked a kernel. */
  get calls(): number {
    return this.#calls;
  }

  countCall(): void {
    this.#calls += 1;
  }

  get steps(): number {
    return this.#steps;
  }

  /** What the clock on the wall shows. */
  wall(): Millis {
    return asMillis(birth + this.#time + this.#offset);
  }

  /** Sets the clock on the wall forward, or back when it is negative. */
  turnClock(milliseconds: number): void {
    this.#offset += milliseconds;
    this.#furthest = Math.max(this.#furthest, this.#offset);
  }

  /** Sets it so that nothing that was ever written lies in the future. */
  settleClock(): void {
    this.#offset = this.#furthest;
  }

  /** Two runs are the same when their hashes are. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  get tail(): readonly string[] {
    return this.#tail;
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  actor(name: string): Actor {
    return { name, frozen: false, ended: false, doing: undefined };
  }

  /** The first rule that breaks is the one to report. */
  fail(rule: string, what: string): void {
    this.#violation ??= new Violation(rule, what);
  }

  /** Called whenever an actor ends, however it does. */
  onEnd(listener: (actor: Actor) => void): void {
    this.#endings.push(listener);
  }

  /** Ends an actor at once: none of its turns comes any more. */
  end(actor: Actor): void {
    if (actor.ended) return;
    actor.ended = true;
    for (let index = this.#turns.length - 1; index >= 0; index--)
      if (this.#turns[index]?.actor === actor) this.#turns.splice(index, 1);
    for (const listener of this.#endings) listener(actor);
  }

  /** Gives an actor a turn after `delay` milliseconds; gives the function that takes it away again. */
  turn(actor: Actor, label: string, run: () => void, delay = 0): () => void {
    if (actor.ended) return () => {};
    const turn: Turn = { actor, label, run, due: this.#time + Math.max(0, delay) };
    this.#turns.push(turn);
    return () => {
      const index = this.#turns.indexOf(turn);
      if (index >= 0) this.#turns.splice(index, 1);
    };
  }

  /** The only way to wait; must be called by the actor whose turn it is. Never resolves for an actor that ended. */
  wait(actor: Actor, label: string, delay = 0): Promise<void> {
    if (this.#current !== actor) {
      const at = this.#current === undefined ? 'between two steps' : `in a step of ${this.#current.name}`;
      this.fail('awaits only the world', `${actor.name} went on to "${label}" ${at}`);
    }
    return new Promise((resolve) => void this.turn(actor, label, resolve, delay));
  }

  /** What an actor is waiting for. */
  waits(actor: Actor): readonly string[] {
    return this.#turns.filter((turn) => turn.actor === actor).map((turn) => turn.label);
  }

  /** Writes into the trace what happened beside the turns: faults. */
  note(what: string): void {
    this.#trace(`      ${what}`);
  }

  /** Takes the next turn; false when nobody will ever have one. */
  async step(): Promise<boolean> {
    const turn = this.#next();
    if (turn === undefined) return false;
    this.#steps += 1;
    this.#trace(`${this.#steps} ${this.#time} ${turn.actor.name}: ${turn.label}`);
    this.#current = turn.actor;
    turn.run();
    // Only microtasks may be left. Whoever awaited a file, a timer or a socket goes on when it is not its turn, and fails.
    await new Promise(setImmediate);
    this.#current = undefined;
    return true;
  }

  #next(): Turn | undefined {
    // Time passes while others are slow, not only while all wait.
    if (this.random.chance(0.2)) this.#time += this.random.whole(1, 5);
    let due = this.#due();
    if (due.length === 0) {
      let next = Number.POSITIVE_INFINITY;
      for (const turn of this.#turns) if (!turn.actor.frozen && turn.due < next) next = turn.due;
      if (next === Number.POSITIVE_INFINITY) return undefined;
      this.#time = next;
      due = this.#due();
    }
    const turn = this.random.pick(due);
    this.#turns.splice(this.#turns.indexOf(turn), 1);
    return turn;
  }

  #due(): Turn[] {
    return this.#turns.filter((turn) => turn.due <= this.#time && !turn.actor.frozen);
  }

  #trace(line: string): void {
    for (let index = 0; index < line.length; index++)
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(index), 0x01000193);
    if (this.#tail.push(line) > this.#kept) this.#tail.shift();
  }
}
