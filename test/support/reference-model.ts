import type { RefusalCode } from '../../src/domain/errors.ts';
import type { RunId, TaskId } from '../../src/domain/ids.ts';

/**
 * What a board is to do, told a second time, as simply as it can be and without a line of the board's own code: no
 * database, no events, one record per task. Where this and the board differ, one of them is wrong.
 */

export interface ModelTask {
  readonly id: TaskId;
  status: string;
  assignee: string | null;
  failures: number;
  readonly maxRetries: number | null;
  /** Blocked on purpose. */
  sticky: boolean;
  run: RunId | null;
  /** The claim's end, in seconds, while it runs. */
  expires: number;
  /** Its work is done and somebody looks at it; `worker` gets it back for changes. */
  underReview: boolean;
  worker: string | null;
  /** When it wakes, in seconds, while it is put off with a time. */
  wakesAt: number | null;
}

interface ModelRun {
  readonly task: TaskId;
  outcome: string | null;
  /** A process that is not proved dead. */
  alive: boolean;
}

export type Said = 'ok' | RefusalCode;

const usualLimit = 2;
/** Outcomes that show that a profile works. */
const answers = ['completed', 'blocked', 'scheduled', 'review_requested', 'changes_requested'];

export class ReferenceModel {
  readonly tasks = new Map<TaskId, ModelTask>();
  readonly runs = new Map<RunId, ModelRun>();
  readonly links = new Set<string>();
  readonly #crashes: { profile: string; task: TaskId; code: number; at: number }[] = [];
  /** The exit code with which the workers of a profile crash one after the other. */
  readonly #series = new Map<string, number>();
  /** Seconds. */
  now = 0;

  task(id: TaskId): ModelTask {
    const task = this.tasks.get(id);
    if (!task) throw new Error(`The model has no task ${id}.`);
    return task;
  }

  parents(id: TaskId): TaskId[] {
    return [...this.tasks.keys()].filter((parent) => this.links.has(`${parent} ${id}`)).sort();
  }

  children(id: TaskId): TaskId[] {
    return [...this.tasks.keys()].filter((child) => this.links.has(`${id} ${child}`));
  }

  waits(id: TaskId): boolean {
    return this.parents(id).some((parent) => !['done', 'archived'].includes(this.task(parent).status));
  }

  #hasProcess(task: ModelTask): boolean {
    return task.run !== null && this.runs.get(task.run)?.alive === true;
  }

  #lingers(task: ModelTask): boolean {
    return [...this.runs].some(([id, run]) => run.task === task.id && run.alive && id !== task.run);
  }

  #back(task: ModelTask): void {
    task.status = task.underReview ? 'review' : this.waits(task.id) ? 'todo' : 'ready';
    if (task.status === 'ready') this.#inherit(task);
  }

  #inherit(task: ModelTask): void {
    if (task.assignee !== null) return;
    const parents = this.parents(task.id).map((id) => this.task(id).assignee);
    task.assignee = parents.find((assignee) => assignee !== null) ?? null;
  }

  #close(task: ModelTask, outcome: string): void {
    const run = task.run === null ? undefined : this.runs.get(task.run);
    if (run) run.outcome = outcome;
    if (run && task.assignee !== null && answers.includes(outcome)) this.#series.delete(task.assignee);
    task.run = null;
  }

  #promote(task: ModelTask, limit: number): void {
    const held = task.status === 'blocked' ? task.sticky || task.failures >= limit : task.status !== 'todo';
    if (!held && !this.waits(task.id)) this.#back(task);
  }

  #satisfied(id: TaskId): void {
    for (const child of this.children(id)) this.#promote(this.task(child), 1);
  }

  create(
    id: TaskId,
    input: {
      parents: TaskId[];
      assignee: string | null;
      maxRetries: number | null;
      blocked: boolean;
      triage: boolean;
    },
  ): Said {
    const task: ModelTask = {
      id,
      status: 'ready',
      assignee: input.assignee,
      failures: 0,
      maxRetries: input.maxRetries,
      sticky: input.blocked,
      run: null,
      expires: 0,
      underReview: false,
      worker: null,
      wakesAt: null,
    };
    this.tasks.set(id, task);
    for (const parent of input.parents) this.links.add(`${parent} ${id}`);
    if (input.blocked) task.status = 'blocked';
    else if (input.triage) task.status = 'triage';
    else this.#back(task);
    return 'ok';
  }

  #reaches(from: TaskId, to: TaskId): boolean {
    return from === to || this.children(from).some((child) => this.#reaches(child, to));
  }

  link(parent: TaskId, child: TaskId): Said {
    if (this.#reaches(child, parent)) return 'cycle';
    this.links.add(`${parent} ${child}`);
    const task = this.task(child);
    if (task.status === 'ready' && this.waits(child)) task.status = 'todo';
    return 'ok';
  }

  unlink(parent: TaskId, child: TaskId): Said {
    if (!this.links.delete(`${parent} ${child}`)) return 'not_linked';
    this.#promote(this.task(child), 1);
    return 'ok';
  }

  assign(id: TaskId, assignee: string | null): Said {
    const task = this.task(id);
    if (task.status === 'running') return 'already_running';
    if (task.assignee !== assignee) task.failures = 0;
    task.assignee = assignee;
    this.#promote(task, 1);
    return 'ok';
  }

  /** Whether a claim would be granted; `granted` then says which run it opened. */
  mayClaim(id: TaskId): Said {
    const task = this.task(id);
    if (task.status !== 'ready' && task.status !== 'review') return 'wrong_status';
    if (this.waits(id)) return 'parents_not_done';
    return this.#lingers(task) ? 'not_claimable' : 'ok';
  }

  granted(id: TaskId, run: RunId, expires: number, alive: boolean): void {
    const task = this.task(id);
    task.status = 'running';
    task.run = run;
    task.expires = expires;
    this.runs.set(run, { task: id, outcome: null, alive });
  }

  #mayAnswer(task: ModelTask, run: RunId | null, from: readonly string[]): Said {
    if (run !== null && task.run !== run) return 'stale_run';
    if (!from.includes(task.status)) return 'wrong_status';
    return run === null && this.#hasProcess(task) ? 'worker_alive' : 'ok';
  }

  complete(id: TaskId, run: RunId | null): Said {
    const task = this.task(id);
    const said = this.#mayAnswer(task, run, ['running', 'ready', 'blocked', 'review']);
    if (said !== 'ok') return said;
    this.#close(task, 'completed');
    Object.assign(task, { status: 'done', failures: 0, sticky: false });
    this.#satisfied(id);
    return 'ok';
  }

  block(id: TaskId, run: RunId | null): Said {
    const task = this.task(id);
    const said = this.#mayAnswer(task, run, ['running', 'ready']);
    if (said !== 'ok') return said;
    this.#close(task, 'blocked');
    Object.assign(task, { status: 'blocked', sticky: true });
    return 'ok';
  }

  unblock(id: TaskId): Said {
    const task = this.task(id);
    if (task.status !== 'blocked' && task.status !== 'scheduled') return 'wrong_status';
    Object.assign(task, { failures: 0, sticky: false, wakesAt: null });
    this.#back(task);
    return 'ok';
  }

  schedule(id: TaskId, run: RunId | null, at: number | null): Said {
    const task = this.task(id);
    const said = this.#mayAnswer(task, run, ['todo', 'ready', 'running', 'blocked', 'scheduled']);
    if (said !== 'ok') return said;
    this.#close(task, 'scheduled');
    Object.assign(task, { status: 'scheduled', sticky: false, wakesAt: at });
    return 'ok';
  }

  wake(): void {
    for (const task of this.tasks.values()) {
      if (task.status !== 'scheduled' || task.wakesAt === null || task.wakesAt > this.now) continue;
      task.wakesAt = null;
      this.#back(task);
    }
  }

  requestReview(id: TaskId, run: RunId | null, reviewer: string | null): Said {
    const task = this.task(id);
    const said = this.#mayAnswer(task, run, ['running', 'ready']);
    if (said !== 'ok') return said;
    if (task.status === 'running' && task.underReview) return 'wrong_status';
    this.#close(task, 'review_requested');
    const worker = task.assignee;
    Object.assign(task, {
      status: 'review',
      failures: 0,
      underReview: true,
      worker,
      assignee: reviewer ?? worker,
    });
    return 'ok';
  }

  requestChanges(id: TaskId, run: RunId | null): Said {
    const task = this.task(id);
    const said = this.#mayAnswer(task, run, ['running', 'review']);
    if (said !== 'ok') return said;
    if (task.status === 'running' && !task.underReview) return 'wrong_status';
    this.#close(task, 'changes_requested');
    Object.assign(task, { failures: 0, underReview: false, assignee: task.worker, worker: null });
    this.#back(task);
    return 'ok';
  }

  archive(id: TaskId): Said {
    const task = this.task(id);
    if (task.status === 'archived') return 'wrong_status';
    if (this.#hasProcess(task)) return 'worker_alive';
    this.#close(task, 'reclaimed');
    task.status = 'archived';
    this.#satisfied(id);
    return 'ok';
  }

  heartbeat(id: TaskId, expires: number): Said {
    const task = this.task(id);
    if (task.status !== 'running') return 'not_running';
    task.expires = Math.max(task.expires, expires);
    return 'ok';
  }

  /** The process tree of a run is dead, and this was its exit code. */
  reap(id: RunId, code: number): Said {
    const run = this.runs.get(id);
    if (!run?.alive) return 'ok';
    run.alive = false;
    const task = this.task(run.task);
    if (task.run !== id) return 'ok';
    if (code === 75) {
      if (task.assignee !== null) this.#series.delete(task.assignee);
      this.#close(task, 'rate_limited');
      this.#back(task);
      return 'ok';
    }
    if (this.#isOfSeries(task, code)) {
      this.#close(task, 'reclaimed');
      this.#back(task);
      return 'ok';
    }
    this.#close(task, 'crashed');
    const usual = task.maxRetries ?? usualLimit;
    const limit = code === 0 ? (task.maxRetries ?? 1) : usual;
    task.failures += 1;
    if (task.failures < limit) {
      this.#back(task);
      return 'ok';
    }
    Object.assign(task, { status: 'blocked', sticky: false, failures: Math.max(task.failures, usual) });
    return 'ok';
  }

  /** Three tasks of a profile that crash alike within a minute, and all that follow, are not to blame. */
  #isOfSeries({ id, assignee: profile }: ModelTask, code: number): boolean {
    if (profile === null) return false;
    const alike = this.#crashes.filter(
      (crash) => crash.profile === profile && crash.code === code && crash.at >= this.now - 60,
    );
    const isOne =
      this.#series.get(profile) === code || new Set([id, ...alike.map(({ task }) => task)]).size >= 3;
    if (isOne) this.#series.set(profile, code);
    else this.#crashes.push({ profile, task: id, code, at: this.now });
    return isOne;
  }

  /** Time passes; claims whose time is over are freed, unless a process stands behind them. */
  expire(now: number, ttl: number): void {
    this.now = now;
    for (const task of this.tasks.values()) {
      if (task.status !== 'running' || task.expires >= now) continue;
      if (this.#hasProcess(task)) {
        task.expires = now + ttl;
        continue;
      }
      this.#close(task, 'reclaimed');
      this.#back(task);
    }
  }

  promoteAll(): void {
    for (const task of this.tasks.values()) this.#promote(task, task.maxRetries ?? usualLimit);
  }
}
