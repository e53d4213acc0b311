import type * as Ask from '../domain/command.ts';
import type { Result } from '../domain/errors.ts';
import type { Event } from '../domain/event.ts';
import type { BoardId, EventId, Millis, RunId, TaskId } from '../domain/ids.ts';
import type { Comment, Status, Task } from '../domain/task.ts';
import type * as View from '../domain/view.ts';

/**
 * The board's whole behaviour. One call is one transaction; a refusal leaves the board as it was; a fault (a broken
 * database, a bug) throws. Arguments and answers are plain values, so that the gateway can host a kernel on a thread.
 * Rules: `domain/decide.ts`. The only writer of a status: `apply.ts`.
 */
export interface Kernel extends Commands, LeaderCommands, Queries {
  /** Calls `listener` after commits on the board, whoever made them; gives the function that ends it. */
  follow(board: BoardId, listener: () => void): () => void;
  close(): Promise<void>;
}

type Answer<Value> = Promise<Result<Value>>;

/** What people and workers do. */
export interface Commands {
  /** Makes the board's tables, or brings old ones up to date. Safe to repeat. */
  init(board: BoardId, input: Record<string, never>): Answer<null>;
  /** `created` is false when the idempotency key answered an existing task (contract §4.1). */
  create(board: BoardId, input: Ask.CreateTask): Answer<{ task: Task; created: boolean }>;
  link(board: BoardId, input: Ask.LinkTasks): Answer<{ child: Task }>;
  unlink(board: BoardId, input: Ask.LinkTasks): Answer<{ child: Task }>;
  assign(board: BoardId, input: Ask.AssignTask): Answer<{ task: Task }>;
  claim(board: BoardId, input: Ask.ClaimTask): Answer<View.Claim>;
  /** Moves the claim's expiry; with a note it also leaves an event (design §3.5). */
  heartbeat(board: BoardId, input: Ask.Heartbeat): Answer<{ task: Task }>;
  complete(board: BoardId, input: Ask.CompleteTask): Answer<{ task: Task; run_id: RunId | null }>;
  block(board: BoardId, input: Ask.BlockTask): Answer<{ task: Task; run_id: RunId | null }>;
  unblock(board: BoardId, input: Ask.UnblockTask): Answer<{ task: Task }>;
  comment(board: BoardId, input: Ask.CommentTask): Answer<{ comment: Comment }>;
  archive(board: BoardId, input: Ask.ArchiveTask): Answer<{ task: Task }>;
  /** Starts at the task's newest event; repeating it is fine (contract §7.5). */
  subscribe(board: BoardId, input: Ask.SubscribeTask): Answer<{ subscription: View.Subscription }>;
  unsubscribe(board: BoardId, input: Ask.SubscriptionKey): Answer<null>;
}

/** What only the holder of a role does; every write is fenced by its epoch (design §3.4). */
export interface LeaderCommands {
  /** Tells the board of a new leader, before that leader's first other write there. */
  raiseEpoch(board: BoardId, input: Ask.AsLeader): Answer<null>;
  /** Promotes whatever foreign writers left waiting; gives how many. */
  promoteAll(board: BoardId, input: Ask.AsLeader & { failure_limit: number | undefined }): Answer<number>;
  startRun(board: BoardId, input: Ask.StartRun): Answer<View.Claim & { dir: string }>;
  recordStart(board: BoardId, input: Ask.RecordStart): Answer<null>;
  failStart(board: BoardId, input: Ask.FailStart): Answer<{ task: Task }>;
  reap(board: BoardId, input: Ask.ReapRun): Answer<{ task: Task }>;
  /** Frees claims without a process whose time is over, and extends those with one (contract §5.3). */
  expireClaims(board: BoardId, input: Ask.AsLeader & { ttl_seconds: number }): Answer<number>;
  /** Turns new events into deliveries and moves the cursors; gives how many (design §3.5). */
  fanOut(board: BoardId, input: Ask.AsLeader & View.DeliveryScope): Answer<number>;
  recordDelivery(
    board: BoardId,
    input: Ask.AsLeader & {
      id: number;
      outcome: { sent: true } | { sent: false; error: string; retry_at: Millis | null };
    },
  ): Answer<null>;
  /** Takes or renews a role: granted when it is free, ours, expired, or held by `dead_epoch`, whose holder is provably dead. */
  takeLease(
    board: BoardId,
    input: Omit<View.Lease, 'epoch' | 'expires_at'> & { ttl: Millis; dead_epoch: number | undefined },
  ): Answer<View.Lease>;
  /** Gives the role back, so that another takes it at once. */
  releaseLease(board: BoardId, input: { role: string; token: string }): Answer<null>;
}

/** Questions; they never write, and a board that was never made answers empty. */
export interface Queries {
  show(board: BoardId, input: { task_id: TaskId; events?: number | undefined }): Answer<View.TaskView>;
  list(board: BoardId, input: View.ListFilter): Answer<readonly Task[]>;
  /** Parents, children, and all else that a reason needs, of one task: the input of `domain/why.ts`. */
  standing(board: BoardId, input: { task_id: TaskId }): Answer<View.Standing>;
  counts(board: BoardId, input: Record<string, never>): Answer<Readonly<Record<Status, number>>>;
  runs(board: BoardId, input: { task_id?: TaskId | undefined }): Answer<readonly View.RunView[]>;
  /** The worker brief (contract §9.4). */
  brief(board: BoardId, input: { task_id: TaskId }): Answer<string>;
  feed(board: BoardId, input: View.FeedFilter): Answer<readonly View.FeedEvent[]>;
  lastEvent(board: BoardId, input: Record<string, never>): Answer<EventId>;
  taskEvents(board: BoardId, input: { task_id: TaskId; limit: number }): Answer<readonly Event[]>;
  subscriptions(
    board: BoardId,
    input: { task_id?: TaskId | undefined },
  ): Answer<readonly View.Subscription[]>;
  dispatchView(board: BoardId, input: View.DispatchFilter): Answer<View.DispatchView>;
  dueDeliveries(board: BoardId, input: View.DeliveryScope & { limit: number }): Answer<View.DeliveryWork>;
  lease(board: BoardId, input: { role: string }): Answer<{ now: Millis; lease: View.Lease | null }>;
}
