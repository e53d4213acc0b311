import { asTaskId, type BoardId, homeBoard } from '../../src/domain/ids.ts';
import type { Role } from '../../src/domain/leading.ts';
import type { Reader } from '../../src/store/store.ts';
import { findTask } from '../../src/store/tables/tasks.ts';
import type { Actor, Doing, Scheduler } from './scheduler.ts';
import type { Observer } from './sim-store.ts';

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (input: unknown): Fields =>
  typeof input === 'object' && input !== null ? { ...input } : {};

/** The commands that a leader gives, by the role whose epoch fences them. */
const fencedBy: Readonly<Record<string, Role | 'own'>> = {
  raiseEpoch: 'own',
  promoteAll: 'own',
  expireClaims: 'own',
  fanOut: 'own',
  recordDelivery: 'own',
  startRuns: 'dispatcher',
  recordStart: 'dispatcher',
  failStart: 'dispatcher',
  reap: 'dispatcher',
};
/** The commands by which a worker writes for its run. */
const ofRuns = ['complete', 'block', 'heartbeat'];

/** What must be true of each write, judged at the moment of its commit by what stood there before. */
export class Writes implements Observer {
  /** Boards that were written since the last look. */
  readonly changed = new Set<BoardId>();
  /** The epochs under which runs were started since the last look. */
  readonly started = new Set<number>();
  readonly #scheduler: Scheduler;
  readonly #fences = new Map<string, number>();
  readonly #onNewLeader: () => void;
  #holder: unknown;

  constructor(scheduler: Scheduler, onNewLeader: () => void) {
    this.#scheduler = scheduler;
    this.#onNewLeader = onNewLeader;
  }

  /** The highest epoch that has written on a board in a role. */
  fence(board: BoardId, role: unknown): number {
    return this.#fences.get(`${board} ${String(role)}`) ?? 0;
  }

  async begins(_board: BoardId, doing: Doing | undefined, reader: Reader): Promise<void> {
    if (doing === undefined) return;
    const input = fieldsOf(doing.input);
    if (ofRuns.includes(doing.command) && input['run_id'] !== undefined)
      this.#holder = (await findTask(reader, asTaskId(String(input['task_id']))))?.current_run_id;
  }

  commits(board: BoardId, actor: Actor, doing: Doing | undefined): void {
    if (board !== homeBoard) this.changed.add(board);
    if (doing === undefined) return;
    const { command } = doing;
    const input = fieldsOf(doing.input);
    if (ofRuns.includes(command) && input['run_id'] !== undefined && input['run_id'] !== this.#holder) {
      const { run_id: run, task_id: task } = input;
      const what = `${actor.name} wrote ${command} of ${task} for run ${run}, held by ${this.#holder}`;
      this.#scheduler.fail('no write of a stale run', what);
    }
    const fencing = fencedBy[command];
    if (command === 'startRuns') this.started.add(Number(input['epoch']));
    if (fencing !== undefined)
      this.#fence(board, actor, command, fencing === 'own' ? input['role'] : fencing, input);
  }

  #fence(board: BoardId, actor: Actor, command: string, role: unknown, input: Fields): void {
    const known = this.fence(board, role);
    const epoch = Number(input['epoch']);
    this.#fences.set(`${board} ${String(role)}`, Math.max(known, epoch));
    if (epoch > known) this.#onNewLeader();
    if (epoch >= known) return;
    const what = `${actor.name} wrote ${command} on ${board} as ${role} with epoch ${epoch}; ${known} has written`;
    this.#scheduler.fail('no write with an old epoch', what);
  }
}
