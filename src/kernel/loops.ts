import { ok, type Result, refuse } from '../domain/errors.ts';
import { asMillis, type Millis, type TaskId } from '../domain/ids.ts';
import type { AsLeader } from '../domain/leading.ts';
import {
  atLeastShortest,
  defaultInterval,
  fireAt,
  type Loop,
  type LoopChoice,
  loopRole,
  type StartLoop,
  type TurnOutcome,
  withOutcome,
  withTurn,
} from '../domain/loop.ts';
import type { Reader, Tx } from '../store/store.ts';
import { findLease } from '../store/tables/leases.ts';
import {
  deleteLoop,
  findLoop,
  findLoopByRequest,
  insertLoop,
  selectLoops,
  updateLoop,
} from '../store/tables/loops.ts';
import { findGoal } from '../store/tables/tasks.ts';

/**
 * Loops of a home (the board `~home`, contract §13.1). Whoever begins a turn holds the role of its loop; the lease of that
 * role stands in the same database, so each of their writes checks it in its own transaction.
 */

/** A turn that the holder of a role is about to begin. */
export interface BeginTurn extends AsLeader {
  readonly id: string;
  readonly mark: string;
}

/** What the holder of a role knows of a turn, which it names. */
export interface SettleTurn extends AsLeader {
  readonly id: string;
  readonly turn: number;
  readonly outcome: TurnOutcome;
}

export async function startLoop(tx: Tx, input: StartLoop): Promise<Result<Loop>> {
  const prompt = input.prompt.trim();
  if (prompt === '') return refuse('blank_text', 'A loop needs words; the ones given are blank.');
  const request = input.request?.trim() || null;
  const existing = request === null ? undefined : await findLoopByRequest(tx, request);
  if (existing) return ok(existing);
  const loop: Loop = {
    id: await freshId(tx),
    session: input.session,
    target: input.target,
    name: input.name,
    prompt,
    command: input.command ?? null,
    folder: input.folder ?? null,
    board: input.board,
    interval_seconds: atLeastShortest(input.interval_seconds ?? defaultInterval),
    status: 'active',
    created_at: tx.now,
    created_by: input.created_by,
    user_id: input.user_id ?? null,
    gateway: input.gateway ?? null,
    last_fired_at: asMillis(0),
    turns_completed: 0,
    turn: 0,
    turn_state: null,
    turn_mark: null,
    task_id: null,
    note: null,
  };
  insertLoop(tx, loop, request);
  return ok(loop);
}

/** Six hex digits of an id that is random already. */
async function freshId(tx: Tx): Promise<string> {
  for (;;) {
    const id = tx.newId().slice(-6);
    if ((await findLoop(tx, id)) === undefined) return id;
  }
}

/** Begins nothing more; a turn that goes on does so. */
export const pauseLoops = (tx: Tx, choice: LoopChoice): Promise<Result<readonly Loop[]>> =>
  change(tx, choice, (loop) => (loop.status === 'active' ? { ...loop, status: 'paused' } : loop));

/** Their next turn is a whole interval away. */
export const resumeLoops = (tx: Tx, choice: LoopChoice): Promise<Result<readonly Loop[]>> =>
  change(tx, choice, (loop) =>
    loop.status === 'paused' ? { ...loop, status: 'active', last_fired_at: tx.now } : loop,
  );

async function change(
  tx: Tx,
  choice: LoopChoice,
  changed: (loop: Loop) => Loop,
): Promise<Result<readonly Loop[]>> {
  const meant = await chosen(tx, choice);
  if (!meant.ok) return meant;
  const loops = meant.value.map(changed);
  for (const loop of loops) updateLoop(tx, loop);
  return ok(loops);
}

/** Removes them and gives what they were; one whose command runs stays until whoever runs it has ended that. */
export async function clearLoops(tx: Tx, choice: LoopChoice): Promise<Result<readonly Loop[]>> {
  const meant = await chosen(tx, choice);
  if (!meant.ok) return meant;
  for (const loop of meant.value) {
    if (loop.target === 'command' && loop.turn_state !== null) updateLoop(tx, { ...loop, status: 'done' });
    else deleteLoop(tx, loop.id);
  }
  return meant;
}

/** What was asked for; naming one that is not there is refused, and so is naming all where there is none. */
async function chosen(tx: Tx, choice: LoopChoice): Promise<Result<readonly Loop[]>> {
  const found = (await selectLoops(tx, choice)).filter(({ status }) => status !== 'done');
  if (found.length > 0) return ok(found);
  const { id } = choice;
  const what = id === undefined ? 'There are no loops here' : `There is no loop #${id} here`;
  return refuse('unknown_loop', `${what}; \`andon loop list\` shows those that there are.`, id ? [id] : []);
}

/** Those that nobody has ended, and the time of the board's own clock. */
export async function loops(
  reader: Reader,
  choice: LoopChoice,
): Promise<Result<{ now: Millis; loops: readonly Loop[] }>> {
  return ok({ now: reader.now, loops: await selectLoops(reader, choice) });
}

/** An unfinished goal that a profile or a session works on, which has priority over loops. */
export async function goal(
  reader: Reader,
  input: { assignee?: string | undefined; session_id?: string | undefined },
): Promise<Result<TaskId | null>> {
  return ok((await findGoal(reader, input)) ?? null);
}

/** Claims the next turn of a loop, if it is due still; `null` when it is not, or the loop is gone. */
export async function beginTurn(tx: Tx, input: BeginTurn): Promise<Result<Loop | null>> {
  const found = await held(tx, input);
  if (!found.ok || found.value === undefined) return found.ok ? ok(null) : found;
  const at = fireAt(found.value, await selectLoops(tx));
  if (at === undefined || at > tx.now) return ok(null);
  const begun = withTurn(found.value, input.mark, tx.now);
  updateLoop(tx, begun);
  return ok(begun);
}

/** Writes down how a turn stands, once; a loop that was ended goes away with its turn. */
export async function settleTurn(tx: Tx, input: SettleTurn): Promise<Result<null>> {
  const found = await held(tx, input);
  if (!found.ok) return found;
  const loop = found.value;
  if (loop === undefined || loop.turn !== input.turn || loop.turn_state === null) return ok(null);
  const settled = withOutcome(loop, input.outcome);
  if (settled.status === 'done' && settled.turn_state === null) deleteLoop(tx, loop.id);
  else updateLoop(tx, settled);
  return ok(null);
}

/** The loop, for whoever holds its role now. */
async function held(
  tx: Tx,
  { id, role, epoch }: AsLeader & { readonly id: string },
): Promise<Result<Loop | undefined>> {
  const lease = await findLease(tx, role);
  const loop = await findLoop(tx, id);
  const isOurs = lease?.epoch === epoch && lease.token !== '' && lease.expires_at > tx.now;
  if (isOurs && (loop === undefined || loopRole(loop) === role)) return ok(loop);
  return refuse('not_leader', `Another gateway is ${role}, or nobody is (ours was epoch ${epoch}).`);
}
