import type { Result } from '../domain/errors.ts';
import type { BoardId, Millis } from '../domain/ids.ts';
import type * as Lead from '../domain/leading.ts';
import type { Loop } from '../domain/loop.ts';
import type { Task } from '../domain/task.ts';
import type * as View from '../domain/view.ts';
import type { Answer } from './answer.ts';
import type { BeginTurn, SettleTurn } from './loops.ts';
import type { EscalationInput } from './people.ts';
import type { WakeAgent } from './wake.ts';

/** What only the holder of a role does; every write is fenced by its epoch (design §3.4). */
export interface LeaderCommands {
  /** Tells the board of a new leader, before that leader's first other write there. */
  raiseEpoch(board: BoardId, input: Lead.AsLeader): Answer<null>;
  /** Promotes whatever foreign writers left waiting; gives how many. */
  promoteAll(board: BoardId, input: Lead.AsLeader & { failure_limit: number | undefined }): Answer<number>;
  /** Starts in one transaction; each that is refused is a refusal of its own, in the order of asking. */
  startRuns(board: BoardId, input: Lead.StartRuns): Answer<readonly Result<View.Claim & { dir: string }>[]>;
  recordStart(board: BoardId, input: Lead.RecordStart): Answer<null>;
  /** Says at which commit the worktree of its task begins, before there is one. */
  recordBase(board: BoardId, input: Lead.RecordBase): Answer<null>;
  failStart(board: BoardId, input: Lead.FailStart): Answer<{ task: Task }>;
  /** `task` is null when another program has deleted it meanwhile. */
  reap(board: BoardId, input: Lead.ReapRun): Answer<{ task: Task | null }>;
  /** Frees slot and task of a run whose machine is not heard of any more. */
  abandon(board: BoardId, input: Lead.AbandonRun): Answer<{ task: Task | null }>;
  /**
   * Frees claims whose time is over, and extends those with a process (contract §5.3): one of ours, or one of somebody else
   * that the leader found `alive` on its host.
   */
  expireClaims(
    board: BoardId,
    input: Lead.AsLeader & { ttl_seconds: number; alive?: readonly View.OutsideWorker[] | undefined },
  ): Answer<number>;
  /**
   * Tells of budgets that are near or over, once each, and asks for the end of the runs that an exceeded one covers; they
   * are parked then. Gives how many it asked for.
   */
  enforceBudgets(board: BoardId, input: Lead.EnforceBudgets): Answer<number>;
  /** Wakes the scheduled tasks whose time has come; gives how many. */
  wakeScheduled(board: BoardId, input: Lead.AsLeader): Answer<number>;
  /** Turns new events into deliveries and moves the cursors; gives how many (design §3.5). */
  fanOut(board: BoardId, input: Lead.AsLeader & Lead.DeliveryScope): Answer<number>;
  recordDelivery(
    board: BoardId,
    input: Lead.AsLeader & { id: number; outcome: Lead.DeliveryOutcome },
  ): Answer<null>;
  /** Reminds whoever is due on the ladder of what waits for a person; gives how many. */
  escalate(board: BoardId, input: Lead.AsLeader & EscalationInput): Answer<number>;
  /** Starts a turn of the agent who answers where a message goes (contract §7.6); nothing when that was done. */
  wake(board: BoardId, input: WakeAgent): Answer<{ task: Task | null }>;
  /** Takes a role: granted when it is free, ours, expired, or held by `dead_epoch`, whose holder is provably dead. */
  takeLease(
    board: BoardId,
    input: Omit<View.Lease, 'epoch' | 'expires_at'> & { ttl: Millis; dead_epoch: number | undefined },
  ): Answer<View.Lease>;
  /** Renews every role that is held under this token, and gives those that still are. */
  renewLeases(board: BoardId, input: { token: string; ttl: Millis }): Answer<readonly View.Lease[]>;
  /** Claims the next turn of a loop, once; `null` when it is not due any more (contract §13.1). */
  beginTurn(board: BoardId, input: BeginTurn): Answer<Loop | null>;
  /** Says how a turn stands; repeating it is fine. */
  settleTurn(board: BoardId, input: SettleTurn): Answer<null>;
  /** Gives the role back, so that another takes it at once. */
  releaseLease(board: BoardId, input: { role: string; token: string }): Answer<null>;
}
