import type { Budget } from '../domain/budget.ts';
import type { CardFilter, CardPage, Columns } from '../domain/card.ts';
import type * as Chat from '../domain/chat.ts';
import type * as Ask from '../domain/command.ts';
import type { DiagnosticConfig, TaskDiagnostics } from '../domain/diagnostics.ts';
import type { Event } from '../domain/event.ts';
import type { BoardId, EventId, Millis, RunId, TaskId } from '../domain/ids.ts';
import type { InboxItem, PeopleFacts } from '../domain/inbox.ts';
import type * as Lead from '../domain/leading.ts';
import type { Loop, LoopChoice, StartLoop } from '../domain/loop.ts';
import type { CommentPage, DeliveryPage, PageBefore, RunPage, SubscriptionPage } from '../domain/page.ts';
import type { Pause, PauseKey } from '../domain/pause.ts';
import type { Place } from '../domain/place.ts';
import type { CreateSwarm, DecomposeTask, SpecifyTask, SwarmIds } from '../domain/plan.ts';
import type { Deleted, DeleteTask, Prune, Pruned } from '../domain/prune.ts';
import type { Rest } from '../domain/rest.ts';
import type { Standing } from '../domain/standing.ts';
import type { Attachment, Comment, Status, Task } from '../domain/task.ts';
import type { CreateToken, HashedToken, RedeemCode, Token } from '../domain/token.ts';
import type { Spending, SpendingFilter } from '../domain/usage.ts';
import type * as View from '../domain/view.ts';
import type { Answer } from './answer.ts';
import type { CardsInput } from './cards.ts';
import type { Unsound } from './health.ts';
import type { LeaderCommands } from './leader-commands.ts';
import type { EscalationInput } from './people.ts';
import type { PressButton } from './press.ts';

/**
 * The board's whole behaviour. One call is one transaction; a refusal leaves the board as it was; a fault (a broken
 * database, a bug) throws. Arguments and answers are plain values, so that the gateway can host a kernel on a thread.
 * Rules: `domain/decide.ts`. The only writer of a status: `apply.ts`.
 */
export interface Kernel extends Signed<Commands>, LeaderCommands, Queries {
  /** Calls `listener` after commits on the board, whoever made them; gives the function that ends it. */
  follow(board: BoardId, listener: () => void): () => void;
  /** See `Store.health`, `Store.unwritten`, `Store.mend` and `Store.upgrade`. */
  health(board: BoardId): Promise<readonly string[]>;
  unwritten(board: BoardId): Promise<number>;
  mend(board: BoardId): Promise<readonly string[]>;
  upgrade(board: BoardId): Promise<readonly string[] | undefined>;
  /** Lets go of a board that is served no longer; whoever asks of it again opens it again. */
  release(board: BoardId): Promise<void>;
  /** See `Store.retire`. */
  retire(board: BoardId, as: string | null): Promise<void>;
  close(): Promise<void>;
}

/** Who asks for a command, as far as the surface knows; every event that it leaves names them as `by`. */
export interface Signature {
  readonly actor?: string | undefined;
}

/** The same methods, each of which takes the signature beside its input. */
type Signed<Methods> = {
  readonly [Name in keyof Methods]: Methods[Name] extends (board: BoardId, input: infer Input) => infer Output
    ? (board: BoardId, input: Input & Signature) => Output
    : never;
};

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
  /** A heartbeat that also keeps how far the work is, for the next attempt. */
  checkpoint(board: BoardId, input: Ask.CheckpointTask): Answer<{ task: Task }>;
  complete(board: BoardId, input: Ask.CompleteTask): Answer<{ task: Task; run_id: RunId | null }>;
  block(board: BoardId, input: Ask.BlockTask): Answer<{ task: Task; run_id: RunId | null }>;
  unblock(board: BoardId, input: Ask.UnblockTask): Answer<{ task: Task }>;
  /** Puts a task off; it wakes by itself when a time was named. */
  schedule(board: BoardId, input: Ask.ScheduleTask): Answer<{ task: Task; run_id: RunId | null }>;
  requestReview(board: BoardId, input: Ask.RequestReview): Answer<{ task: Task; run_id: RunId | null }>;
  requestChanges(board: BoardId, input: Ask.RequestChanges): Answer<{ task: Task; run_id: RunId | null }>;
  /** Takes a task out of review, back to whoever did the work. */
  reopenReview(board: BoardId, input: Ask.ReopenReview): Answer<{ task: Task }>;
  promote(board: BoardId, input: Ask.PromoteTask): Answer<{ task: Task }>;
  place(board: BoardId, input: Ask.PlaceTask): Answer<{ task: Task }>;
  edit(board: BoardId, input: Ask.EditTask): Answer<{ task: Task }>;
  /** Frees a claim without a process at once; one with a process when its gateway has ended that, which `stopping` names. */
  reclaim(board: BoardId, input: Ask.ReclaimTask): Answer<View.Reclaimed>;
  reassign(board: BoardId, input: Ask.ReassignTask): Answer<View.Reclaimed>;
  /** Ends the work on a task now and keeps it from starting again; `stopping` as for `reclaim`. */
  stop(board: BoardId, input: Ask.StopTask): Answer<View.Reclaimed>;
  /** A worker cannot go on, and says whose fault that is. */
  fail(board: BoardId, input: Ask.FailTask): Answer<{ task: Task; run_id: RunId | null }>;
  recordSession(board: BoardId, input: Ask.RecordSession): Answer<null>;
  /** Replaces what the run has said of its use before, so that repeating it is fine. */
  recordUsage(board: BoardId, input: Ask.RecordUsage): Answer<null>;
  comment(board: BoardId, input: Ask.CommentTask): Answer<{ comment: Comment }>;
  /** Notes a file that is stored already (contract §4.8), and gives its row; with a key that of the first with that key. */
  attach(board: BoardId, input: Ask.AttachFile): Answer<Attachment>;
  detach(board: BoardId, input: { attachment_id: number }): Answer<Attachment>;
  /** Several changes of one task at once; with `if_event` only if nobody was quicker. */
  revise(board: BoardId, input: Ask.ReviseTask): Answer<{ task: Task }>;
  /** Tells of work that was saved from a worktree; telling it again is fine. */
  noteWorkSaved(board: BoardId, input: Ask.NoteWorkSaved): Answer<null>;
  archive(board: BoardId, input: Ask.ArchiveTask): Answer<{ task: Task }>;
  /** Out of triage with better words, and on when nothing else holds it (contract §4.11). */
  specify(board: BoardId, input: SpecifyTask): Answer<{ task: Task }>;
  /** Out of triage as a graph of tasks, for all of which it waits (contract §4.11). */
  decompose(board: BoardId, input: DecomposeTask): Answer<{ task: Task; child_ids: readonly TaskId[] }>;
  /** `created` is false when the idempotency key answered an existing swarm (contract §4.15). */
  swarm(board: BoardId, input: CreateSwarm): Answer<SwarmIds & { created: boolean }>;
  /** Removes the rows of a task for good (contract §4.10); its files are the caller's to sweep. */
  delete(board: BoardId, input: DeleteTask): Answer<Deleted>;
  /** The same, of archived tasks only. */
  purge(board: BoardId, input: DeleteTask): Answer<Deleted>;
  /** Removes rows that nobody needs any more, and names the files of which the same holds (contract §8.2, `gc`). */
  prune(board: BoardId, input: Prune): Answer<Pruned>;
  /** Keeps the dispatcher from starting what the pause covers; runs that live finish, and people may claim by hand. */
  pause(board: BoardId, input: Ask.PauseBoard): Answer<{ pause: Pause }>;
  /** Ends a pause, and whatever rests of what it names. */
  resume(board: BoardId, input: PauseKey): Answer<null>;
  /** Starts at the task's newest event; repeating it is fine (contract §7.5). */
  subscribe(board: BoardId, input: Ask.SubscribeTask): Answer<{ subscription: View.Subscription }>;
  unsubscribe(board: BoardId, input: Ask.SubscriptionKey): Answer<null>;
  /** Does once what the button of a message says. */
  press(board: BoardId, input: PressButton): Answer<{ task: Task }>;
  /** Somebody is on what a task waits for, and nobody is reminded of it any more. */
  acknowledge(board: BoardId, input: { task_id: TaskId; by: string }): Answer<{ task_id: TaskId }>;
  /** Sends those again, or all that were given up; gives how many. */
  retryDeliveries(board: BoardId, input: { ids?: readonly number[] | undefined }): Answer<number>;
  /** Whoever waited for the end of a run was told of it; `first` when nobody was before (contract §13.3). */
  tellRun(board: BoardId, input: { run_id: RunId }): Answer<{ first: boolean }>;

  // Tokens are the home's: their board is `~home`.
  createToken(board: BoardId, input: CreateToken): Answer<Token>;
  revokeToken(board: BoardId, input: { id: string }): Answer<null>;
  useToken(board: BoardId, input: { id: string }): Answer<null>;
  redeemCode(board: BoardId, input: RedeemCode): Answer<Token>;

  // So are loops.
  startLoop(board: BoardId, input: StartLoop): Answer<Loop>;
  pauseLoops(board: BoardId, input: LoopChoice): Answer<readonly Loop[]>;
  /** Each waits a whole interval first. */
  resumeLoops(board: BoardId, input: LoopChoice): Answer<readonly Loop[]>;
  /** Gives what they were. */
  clearLoops(board: BoardId, input: LoopChoice): Answer<readonly Loop[]>;

  // So are people and places of chats.
  createCode(board: BoardId, input: Chat.CreateCode): Answer<null>;
  /** Lets somebody speak who brings a code, once; a wrong one is counted. */
  pair(board: BoardId, input: Chat.PairPerson): Answer<Chat.Paired>;
  unpair(board: BoardId, input: Pick<Chat.PairedPerson, 'platform' | 'user_id'>): Answer<null>;
  pinChat(board: BoardId, input: Chat.PinChat): Answer<Chat.ChatPin>;
  /** Gives whether there was something to unpin. */
  unpinChat(board: BoardId, input: Place): Answer<boolean>;
}

/** Questions; they never write, and a board that was never made answers empty. */
export interface Queries {
  show(board: BoardId, input: { task_id: TaskId; events?: number | undefined }): Answer<View.TaskView>;
  list(board: BoardId, input: View.ListFilter): Answer<readonly Task[]>;
  /** A page of one column, in the order in which a board shows it. */
  cards(board: BoardId, input: CardsInput): Answer<CardPage>;
  /** The first page of every column. */
  columns(
    board: BoardId,
    input: CardFilter & { limit: number; include_archived?: boolean | undefined },
  ): Answer<Columns>;
  /** Parents, children, and all else that a reason needs, of one task: the input of `domain/why.ts`. */
  standing(
    board: BoardId,
    input: { task_id: TaskId; budgets?: readonly Budget[] | undefined },
  ): Answer<Standing>;
  counts(board: BoardId, input: Record<string, never>): Answer<Readonly<Record<Status, number>>>;
  /** What looks wrong (contract §11), of one task or of all. */
  diagnose(
    board: BoardId,
    input: DiagnosticConfig & { readonly task_id?: TaskId | undefined },
  ): Answer<readonly TaskDiagnostics[]>;
  /** Rules that the board's rows break (contract §3.3). */
  unsound(board: BoardId, input: Record<string, never>): Answer<readonly Unsound[]>;
  stats(board: BoardId, input: Record<string, never>): Answer<View.Stats>;
  summary(board: BoardId, input: Record<string, never>): Answer<View.Summary>;
  /** What `prune` would do. */
  prunable(board: BoardId, input: Prune): Answer<Pruned>;
  /** Paths that tasks which are not finished, or runs that may live, still need. */
  inUse(board: BoardId, input: Record<string, never>): Answer<readonly string[]>;
  /** What `promote` would say. */
  promotion(board: BoardId, input: Ask.PromoteTask): Answer<{ status: Status }>;
  runs(board: BoardId, input: { task_id?: TaskId | undefined }): Answer<readonly View.RunView[]>;
  /** The worker brief (contract §9.4). */
  brief(
    board: BoardId,
    input: { task_id: TaskId; review_skills?: readonly string[] | undefined },
  ): Answer<string>;
  feed(board: BoardId, input: View.FeedFilter): Answer<readonly View.FeedEvent[]>;
  lastEvent(board: BoardId, input: Record<string, never>): Answer<EventId>;
  /** The newest events of a task, or the newest before an id; oldest first. */
  taskEvents(board: BoardId, input: PageBefore & { task_id: TaskId }): Answer<readonly Event[]>;
  comments(board: BoardId, input: CommentPage): Answer<readonly Comment[]>;
  attachment(board: BoardId, input: { attachment_id: number }): Answer<Attachment>;
  run(board: BoardId, input: { run_id: RunId }): Answer<View.RunView>;
  /** Whose a run is, if it still holds its task and has a secret with this hash. */
  holder(board: BoardId, input: { run_id: RunId; proof: string }): Answer<View.RunHolder | null>;
  /** What was spent, in sums; the dearest first. */
  usage(board: BoardId, input: SpendingFilter): Answer<readonly Spending[]>;
  runPage(board: BoardId, input: RunPage): Answer<readonly View.RunView[]>;
  deliveries(board: BoardId, input: DeliveryPage): Answer<readonly View.Delivery[]>;
  deliveryCounts(
    board: BoardId,
    input: Record<string, never>,
  ): Answer<Readonly<Record<View.DeliveryState, number>>>;
  token(board: BoardId, input: { id: string }): Answer<HashedToken | null>;
  tokens(board: BoardId, input: { after?: string | undefined; limit: number }): Answer<readonly Token[]>;
  pairedPerson(
    board: BoardId,
    input: Pick<Chat.PairedPerson, 'platform' | 'user_id'>,
  ): Answer<Chat.PairedPerson | null>;
  pairedPeople(board: BoardId, input: { limit: number }): Answer<readonly Chat.PairedPerson[]>;
  chatPin(board: BoardId, input: Place): Answer<Chat.ChatPin | null>;
  subscriptions(board: BoardId, input: SubscriptionPage): Answer<readonly View.Subscription[]>;
  /** Who waits for whom, among the tasks that are not archived. */
  links(board: BoardId, input: { limit: number }): Answer<readonly View.Edge[]>;
  /** The pauses that are not over. */
  pauses(board: BoardId, input: Record<string, never>): Answer<readonly Pause[]>;
  /** Profiles and hosts that rest, or are being tried again. */
  rests(board: BoardId, input: Record<string, never>): Answer<readonly Rest[]>;
  forecast(board: BoardId, input: { failure_limit: number | undefined }): Answer<View.Forecast>;
  dispatchView(board: BoardId, input: View.DispatchFilter): Answer<View.DispatchView>;
  /** The first due delivery of each destination, or all of one. */
  dueDeliveries(
    board: BoardId,
    input: Lead.DeliveryScope & { limit: number; of?: Place | undefined },
  ): Answer<View.DeliveryWork>;
  /** What waits for a person: first what most waits for, then the oldest. */
  inbox(board: BoardId, input: PeopleFacts): Answer<readonly InboxItem[]>;
  /** Whether somebody is to be reminded now, and when somebody will be. */
  escalations(
    board: BoardId,
    input: EscalationInput,
  ): Answer<{ now: Millis; due: boolean; next_at: Millis | null }>;
  lease(board: BoardId, input: { role: string }): Answer<{ now: Millis; lease: View.Lease | null }>;
  /** In the order in which they were made; those that are being ended too. */
  loops(board: BoardId, input: LoopChoice): Answer<{ now: Millis; loops: readonly Loop[] }>;
  /** A goal that a profile or a session works on. */
  goal(
    board: BoardId,
    input: { assignee?: string | undefined; session_id?: string | undefined },
  ): Answer<TaskId | null>;
}
