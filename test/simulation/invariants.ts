import { asRunId, type BoardId, type RunId } from '../../src/domain/ids.ts';
import type { NamedRow } from '../../src/store/sql.ts';
import type { Dump } from '../support/dump.ts';
import { wrongs } from '../support/invariants.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimFiles } from './sim-files.ts';
import type { SimProcess, SimProcesses } from './sim-processes.ts';
import type { Writes } from './writes.ts';

/**
 * What holds after every step, whatever went wrong before it. The board's own rules are those of the behaviour tests; the
 * others compare boards with the processes that really live.
 */
export class Invariants {
  readonly #scheduler: Scheduler;
  readonly #look: (board: BoardId) => Dump;
  readonly #writes: Writes;
  readonly #files: SimFiles;
  readonly #processes: SimProcesses;
  readonly #slots: number;
  readonly #dumps = new Map<BoardId, Dump>();
  /** Where each subscription began, by board, task and chat. */
  readonly starts = new Map<string, number>();
  readonly #proved = new Set<string>();
  #seen = -1;

  constructor(parts: {
    readonly scheduler: Scheduler;
    /** What a board holds now. */
    readonly look: (board: BoardId) => Dump;
    readonly writes: Writes;
    readonly files: SimFiles;
    readonly processes: SimProcesses;
    readonly slots: number;
  }) {
    this.#scheduler = parts.scheduler;
    this.#look = parts.look;
    this.#writes = parts.writes;
    this.#files = parts.files;
    this.#processes = parts.processes;
    this.#slots = parts.slots;
  }

  /** The boards as they were at the last look. */
  get dumps(): ReadonlyMap<BoardId, Dump> {
    return this.#dumps;
  }

  /** The run that holds a task. */
  readonly holder = (board: BoardId, task: string): RunId | undefined => {
    const run = this.#dumps.get(board)?.tasks.find((row) => row['id'] === task)?.['current_run_id'];
    return typeof run === 'number' ? asRunId(run) : undefined;
  };

  /** Looks at what the last step changed. */
  check(): void {
    const { changed, started } = this.#writes;
    if (changed.size === 0 && this.#processes.changes === this.#seen) return;
    for (const board of changed) {
      const all = this.#look(board);
      this.#dumps.set(board, all);
      for (const { task_id: task, chat_id: chat, last_event_id: start } of all.kanban_notify_subs) {
        const key = `${board} ${task} ${chat}`;
        if (!this.starts.has(key)) this.starts.set(key, Number(start));
      }
      this.#tell('a board tells one story', wrongs(all).filter(isWrong));
      this.#tell('no counter is negative', negatives(all));
    }
    changed.clear();
    this.#seen = this.#processes.changes;
    const runs = [...this.#dumps.values()].flatMap((all) => all.andon_runs);
    const living = this.#processes.all().filter(({ role }) => role === 'worker' || role === 'straggler');
    for (const epoch of started) this.#tell('no more runs than slots', this.#tooMany(epoch));
    started.clear();
    this.#tell('one worker in a folder', crowded(living));
    this.#tell('a run is over when its processes are dead', undead(runs, living));
    this.#tell('an exit is told as it was', this.#misread(runs));
  }

  #tell(rule: string, sentences: readonly string[]): void {
    if (sentences.length > 0) this.#scheduler.fail(rule, sentences.join('; '));
  }

  /** A leader that starts a run counts those of every board that it leads; others it may not have reached yet. */
  #tooMany(epoch: number): string[] {
    let taken = 0;
    for (const [board, all] of this.#dumps)
      if (this.#writes.fence(board, 'dispatcher') === epoch)
        taken += all.andon_runs.filter((run) => run['gone_at'] === null).length;
    return taken > this.#slots ? [`${taken} runs take ${this.#slots} slots`] : [];
  }

  #misread(runs: readonly NamedRow[]): string[] {
    return runs.flatMap((run) => {
      const mark = String(run['mark']);
      if (run['gone_at'] === null || this.#proved.has(mark)) return [];
      this.#proved.add(mark);
      const left = this.#files
        .text(`${String(run['dir'])}/exit`)
        ?.trim()
        .replace(/ told .*/, '');
      const { exit_code: code, exit_signal: signal } = run;
      const told = code !== null ? `code ${code}` : signal !== null ? `signal ${signal}` : 'nothing';
      return left === undefined || left === told
        ? []
        : [`run ${run['run_id']} ended ${left}, the board says ${told}`];
    });
  }
}

/** The clock may go back, and events then tell so. */
const isWrong = (sentence: string): boolean => !sentence.endsWith('is older than the one before it');

const negatives = (all: Dump): string[] => [
  ...all.tasks
    .filter((task) => Number(task['consecutive_failures']) < 0)
    .map((task) => `${task['id']} has ${task['consecutive_failures']} failures`),
  ...all.andon_deliveries
    .filter((delivery) => Number(delivery['attempts']) < 0)
    .map((delivery) => `delivery ${delivery['id']} has ${delivery['attempts']} attempts`),
];

function crowded(living: readonly SimProcess[]): string[] {
  const marks = new Map<string, Set<string>>();
  for (const { workspace = '', mark = '' } of living) {
    const inside = marks.get(workspace) ?? new Set();
    marks.set(workspace, inside.add(mark));
  }
  return [...marks].flatMap(([folder, inside]) =>
    inside.size > 1 ? [`the workers of ${inside.size} runs live in ${folder}`] : [],
  );
}

const undead = (runs: readonly NamedRow[], living: readonly SimProcess[]): string[] =>
  living.flatMap(({ mark, actor }) => {
    const run = runs.find((row) => row['mark'] === mark);
    if (run === undefined) return [`${actor.name} belongs to no run`];
    return run['gone_at'] === null
      ? []
      : [`${actor.name} lives, and run ${run['run_id']} is said to be over`];
  });
