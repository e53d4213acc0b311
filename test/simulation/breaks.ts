import type { BoardId, RunId } from '../../src/domain/ids.ts';
import type { World } from '../../src/services/world.ts';
import type { Fault } from './faults.ts';
import type { StoreBreak } from './sim-store.ts';
import type { Rewrite } from './watched.ts';
import type { Writes } from './writes.ts';

/** One rule that the product keeps, left out on purpose, in the simulation only: each must turn it red. */
export interface Break {
  readonly what: string;
  /** The faults that bring it to light. */
  readonly often?: readonly Fault[];
  readonly store?: StoreBreak;
  /** Neither bell nor net. */
  readonly deaf?: true;
  /** Processes have no start mark. */
  readonly idsAlone?: true;
  /** Whether a launcher heeds an identity file that is there already. */
  readonly latched?: false;
  /** What workers ask of their kernel; `holder` gives the run that holds a task. */
  readonly worker?: (holder: (board: BoardId, task: string) => RunId | undefined) => Rewrite;
  /** What gateways ask of theirs. */
  readonly gateway?: (writes: Writes) => Rewrite;
  readonly world?: (world: World) => World;
}

export const breaks = {
  fence: {
    what: 'whoever writes for a task is taken for the run that holds it',
    often: ['write from the grave', 'worker killed'],
    // Its secret would be a second fence behind this one.
    gateway: () => (command, _board, input) =>
      command === 'startRuns' && 'starts' in input && Array.isArray(input.starts)
        ? { ...input, starts: input.starts.map((start) => ({ ...start, token_hash: undefined })) }
        : input,
    worker: (holder) => (_command, board, input) =>
      'run_id' in input && 'task_id' in input
        ? { ...input, run_id: holder(board, String(input.task_id)) }
        : input,
  },
  epoch: {
    what: 'the epoch of a leader is not checked',
    often: ['gateway stopped past its lease', 'clock jump'],
    gateway: (writes) => (command, board, input) => {
      if (!('epoch' in input)) return input;
      const role = 'role' in input ? input.role : command === 'raiseEpoch' ? undefined : 'dispatcher';
      return { ...input, epoch: Math.max(Number(input.epoch), writes.fence(board, role)) };
    },
  },
  bell: { what: 'nobody hears of the commits of others', deaf: true },
  lock: {
    what: 'a row is read before the lock is held',
    store: { staleReads: true, blindUpdates: false },
  },
  cas: {
    what: 'a row is read before the lock is held, and replaced whatever it has become',
    store: { staleReads: true, blindUpdates: true },
  },
  reap: {
    what: 'a run is over when its launcher is, whoever it left behind',
    world: (world) => ({ ...world, processes: { ...world.processes, tree: async () => [] } }),
  },
  descriptor: {
    what: 'a process that wiped its environment is not looked for',
    world: (world) => ({
      ...world,
      processes: { ...world.processes, tree: (leader, mark) => world.processes.tree(leader, mark) },
    }),
  },
  identity: {
    what: 'a process is known by its id alone',
    often: ['process id reused', 'launcher killed'],
    idsAlone: true,
  },
  latch: {
    what: 'a launcher starts its worker, whoever has made its identity file',
    often: ['gateway stopped before a spawn', 'gateway stopped past its lease'],
    latched: false,
  },
  record: {
    what: 'what was sent is not written down',
    gateway: () => (command, _board, input) => (command === 'recordDelivery' ? undefined : input),
  },
} as const satisfies Readonly<Record<string, Break>>;
export type Rule = keyof typeof breaks;
