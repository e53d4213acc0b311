import type { Subscriber } from '../../domain/command.ts';
import type { BoardId, ProfileName, RunId, TaskId } from '../../domain/ids.ts';

/**
 * Who calls the tools: known from the server's own environment, never from an argument (contract §9.2, §9.3).
 * With a task it is that task's worker; without task and profile it is a person; else a profile's own session.
 */
export interface Caller {
  readonly task: TaskId | undefined;
  readonly run: RunId | undefined;
  /** The hash of the run's secret, which the server was given. */
  readonly proof: string | undefined;
  readonly claimLock: string | undefined;
  readonly profile: ProfileName | undefined;
  /** Whose token it is, over HTTP. */
  readonly name?: string | undefined;
  readonly tenant: string | undefined;
  readonly session: string | undefined;
  /** The chat that the session was begun from, which is told of the tasks it makes. */
  readonly chat?: Subscriber | undefined;
  readonly board: BoardId;
  /** The `toolsets` of the caller's profile. */
  readonly toolsets: readonly string[];
}

/** Steers the whole board: a profile with the toolset `kanban` outside any task, or a person (contract §9.1, design §3). */
export const steers = (caller: Caller): boolean =>
  caller.task === undefined && (caller.profile === undefined || caller.toolsets.includes('kanban'));

/** Takes part in the work: a worker, or whoever steers. */
export const takesPart = (caller: Caller): boolean => caller.task !== undefined || steers(caller);

/** The name under which the caller's words and tasks stand. */
export const signature = (caller: Caller): string =>
  caller.profile ?? caller.name ?? (caller.task === undefined ? 'user' : 'worker');
