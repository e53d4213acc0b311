import { expect, onTestFinished } from 'vitest';
import type { CreateTask } from '../../src/domain/command.ts';
import type { Refusal, RefusalCode, Result } from '../../src/domain/errors.ts';
import type { Event } from '../../src/domain/event.ts';
import {
  asEpoch,
  asMillis,
  asProfileName,
  asSeconds,
  asTaskId,
  defaultBoard,
  type Epoch,
  type TaskId,
} from '../../src/domain/ids.ts';
import type { ReapRun, StartRun } from '../../src/domain/leading.ts';
import type { Exit } from '../../src/domain/run.ts';
import type { Task } from '../../src/domain/task.ts';
import type { Claim, TaskView } from '../../src/domain/view.ts';
import { createKernel } from '../../src/kernel/create-kernel.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import type { Store } from '../../src/store/store.ts';
import { type Clock, movedClock } from './clock.ts';
import { type Dump, dump } from './dump.ts';
import { checkInvariants } from './invariants.ts';
import type { StoreKind } from './stores.ts';

export { defaultBoard as board } from '../../src/domain/ids.ts';

/** The answer of a command that was to succeed. */
export function value<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(`Refused: ${result.refusal.code}: ${result.refusal.sentence}`);
  return result.value;
}

export const profile = asProfileName;
export const nobody = asTaskId('t_00000000');
/** Epochs of the leader that `start` and `reap` speak for, and of one that came before it. */
export const leader = { role: 'dispatcher', epoch: asEpoch(7) } as const;
export const oldEpoch = asEpoch(6);
export const ttl = asSeconds(900);
export const killed: Exit = { code: null, signal: 9 };
export const exited = (code: number): Exit => ({ code, signal: null });

/**
 * The board `default` of a fresh place, with a clock that stands still, and the few commands that most tests begin with.
 * When the test ends the invariants are checked and everything is closed.
 */
export interface Board {
  readonly kernel: Kernel;
  readonly clock: Clock;
  /** One more kernel on the same place, as another process would have. */
  another(): Kernel;
  /** Plain SQL past all our code. */
  foreign(text: string): Promise<void>;
  create(title: string, more?: Partial<CreateTask>): Promise<TaskId>;
  /** A claim without a process. */
  claim(id: TaskId): Promise<Claim>;
  /** The leader's claim, with a process record. */
  start(id: TaskId, more?: Partial<StartRun>): Promise<Claim>;
  /** The process tree of a run is dead. */
  reap(claim: Claim, exit: Exit, more?: Partial<ReapRun>): Promise<Task>;
  done(id: TaskId): Promise<void>;
  task(id: TaskId): Promise<Task>;
  show(id: TaskId): Promise<TaskView>;
  /** The kinds of a task's events, oldest first. */
  kinds(id: TaskId): Promise<string[]>;
  lastEvent(id: TaskId): Promise<Event>;
  dump(): Promise<Dump>;
  /** Checks the invariants (contract §3.3) now. */
  check(): Promise<void>;
  /** Checks them and closes everything; the end of the test does so too. Safe twice. */
  close(): Promise<void>;
  /** Expects a refusal with this code that leaves every row of the board as it was. */
  refused(code: RefusalCode, ask: () => Promise<Result<unknown>>): Promise<Refusal>;
}

export function openBoard(kind: StoreKind): Board {
  const clock = movedClock();
  const place = kind.place();
  const opened: Store[] = [];
  const open = (): Store => {
    const store = place.open({ now: clock.now });
    opened.push(store);
    return store;
  };
  const store = open();
  const kernel = createKernel(store);
  onTestFinished(() => board.close());

  const show = async (id: TaskId, events?: number) =>
    value(await kernel.show(defaultBoard, { task_id: id, events }));
  const board: Board = {
    kernel,
    clock,
    another: () => createKernel(open()),
    foreign: (text) => place.foreign(defaultBoard, text),
    create: async (title, more) => value(await kernel.create(defaultBoard, { title, ...more })).task.id,
    claim: async (id) =>
      value(
        await kernel.claim(defaultBoard, {
          task_id: id,
          claim_lock: 'here:1',
          ttl_seconds: ttl,
          workspace_path: null,
        }),
      ),
    start: async (id, more) => value(await startRun(kernel, startOf(id, clock, more))),
    reap: async (claim, exit, more) => {
      const { task } = value(
        await kernel.reap(defaultBoard, {
          run_id: claim.run_id,
          epoch: leader.epoch,
          exit,
          stopped: null,
          failure_limit: undefined,
          ...more,
        }),
      );
      if (task === null) throw new Error(`The task of run ${claim.run_id} is gone.`);
      return task;
    },
    done: async (id) => void value(await kernel.complete(defaultBoard, { task_id: id })),
    task: async (id) => (await show(id)).task,
    show: (id) => show(id),
    kinds: async (id) => (await show(id, 1000)).events.map((event) => event.kind),
    lastEvent: async (id) => {
      const last = (await show(id)).events.at(-1);
      if (!last) throw new Error(`Task ${id} has no event.`);
      return last;
    },
    dump: () => dump(store, defaultBoard),
    check: () => checkInvariants(store, defaultBoard),
    close: async () => {
      const open = opened.splice(0);
      try {
        if (open.length > 0) await board.check();
      } finally {
        for (const one of open) await one.close();
      }
    },
    refused: async (code, ask) => {
      const before = await board.dump();
      const answer = await ask();
      if (answer.ok) throw new Error(`Expected the refusal ${code}; the command succeeded.`);
      expect(answer.refusal.code, answer.refusal.sentence).toBe(code);
      expect(answer.refusal.sentence).toMatch(/[^\s].*\.$/);
      expect(await board.dump()).toEqual(before);
      return answer.refusal;
    },
  };
  return board;
}

/** What the leader says when it starts a task. */
/** What the leader does, for one task alone. */
export async function startRun(
  kernel: Kernel,
  start: StartRun,
  epoch: Epoch = leader.epoch,
): Promise<Result<Claim & { readonly dir: string }>> {
  const answers = await kernel.startRuns(defaultBoard, { epoch, starts: [start] });
  if (!answers.ok) return answers;
  const [answer] = answers.value;
  if (answer === undefined) throw new Error(`The start of ${start.task_id} was not answered.`);
  return answer;
}

export function startOf(id: TaskId, clock: Clock, more: Partial<StartRun> = {}): StartRun {
  return {
    task_id: id,
    claim_lock: 'here:1',
    ttl_seconds: ttl,
    workspace_path: `/jobs/${id}`,
    host: 'here',
    runs_root: '/runs',
    mark: 'a1b2c3',
    max_runtime_seconds: null,
    slot_free_since: asMillis(clock.now() - 250),
    ...more,
  };
}
