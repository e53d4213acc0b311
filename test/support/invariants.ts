import { expect } from 'vitest';
import type { BoardId } from '../../src/domain/ids.ts';
import type { NamedRow } from '../../src/store/sql.ts';
import type { Store } from '../../src/store/store.ts';
import { type Dump, dump } from './dump.ts';

/**
 * What holds on every board after every command (contract §3.3). Each rule gives the sentences that are wrong; together
 * they say that task, run, event and process tell one story.
 */
export async function checkInvariants(store: Store, board: BoardId): Promise<void> {
  const all = await dump(store, board);
  expect(wrongs(all)).toEqual([]);
}

/** The sentences that are wrong about a board; none is right. */
export function wrongs(all: Dump): string[] {
  const board = arranged(all);
  return [
    ...all.tasks.flatMap((task) => [
      ...runAndStatusAgree(task, board),
      ...claimIsWhole(task),
      ...parentsAreRespected(task, board),
      ...eventsTellTheStatus(task, board),
      ...oneProcessAtMost(task, board),
    ]),
    ...all.task_runs.flatMap((run) => [...closedRunIsClosed(run), ...runHasItsEvents(run, board)]),
    ...eventsAreInOrder(all),
  ];
}

type Belonging = (key: unknown) => readonly NamedRow[];

/** The rows of a board by what they belong to: a simulation looks after each of its steps, for every task and run. */
const arranged = (all: Dump) => ({
  tasks: by('id', all.tasks),
  parents: by('child_id', all.task_links),
  sides: by('task_id', all.andon_tasks),
  events: by('task_id', all.task_events),
  eventsOfRun: by('run_id', all.task_events),
  runs: by('task_id', all.task_runs),
  processes: by('task_id', all.andon_runs),
  processOfRun: by('run_id', all.andon_runs),
});
type Arranged = ReturnType<typeof arranged>;

function by(column: string, rows: readonly NamedRow[]): Belonging {
  const groups = Map.groupBy(rows, (row) => row[column]);
  return (key) => groups.get(key) ?? [];
}

const when = (wrong: boolean, sentence: () => string): string[] => (wrong ? [sentence()] : []);

function runAndStatusAgree(task: NamedRow, board: Arranged): string[] {
  const open = board.runs(task['id']).filter((run) => run['ended_at'] === null);
  const { id, status, current_run_id: current } = task;
  return [
    ...when(open.length > 1, () => `${id} has ${open.length} open runs`),
    ...when(
      (open[0]?.['id'] ?? null) !== current,
      () => `${id} points at run ${current}, open is ${open[0]?.['id']}`,
    ),
    ...when((status === 'running') !== (current !== null), () => `${id} is ${status} with run ${current}`),
  ];
}

function claimIsWhole(task: NamedRow): string[] {
  const { id, status, claim_lock: lock, claim_expires: expires, worker_pid: pid } = task;
  const running = status === 'running';
  return [
    ...when(running !== (lock !== null), () => `${id} is ${status} with lock ${lock}`),
    ...when(running !== (expires !== null), () => `${id} is ${status} with expiry ${expires}`),
    ...when(!running && pid !== null, () => `${id} is ${status} with worker ${pid}`),
  ];
}

function parentsAreRespected(task: NamedRow, board: Arranged): string[] {
  const parents = board.parents(task['id']).map((link) => board.tasks(link['parent_id'])[0]);
  const [side] = board.sides(task['id']);
  const waits =
    Number(side?.['waived'] ?? 0) === 0 &&
    parents.some((parent) => parent && !['done', 'archived'].includes(String(parent['status'])));
  return [
    ...when(task['status'] === 'ready' && waits, () => `${task['id']} is ready before its parents`),
    // A dependency on nobody waits for the leader's full pass, so that its worker is not started again at once.
    ...when(
      task['status'] === 'todo' && !waits && task['block_kind'] !== 'dependency',
      () => `${task['id']} waits for nobody and was not promoted`,
    ),
  ];
}

/** Whoever has only the log knows every status: this is how a board in a browser follows. */
function eventsTellTheStatus(task: NamedRow, board: Arranged): string[] {
  let status: unknown;
  let lane: unknown = 'ready';
  for (const event of board.events(task['id'])) {
    const payload = payloadOf(event);
    if (event['kind'] === 'claimed') lane = payload['source_status'] ?? 'ready';
    if (payload['status'] === 'review') lane = 'review';
    status = payload['status'] ?? becomes(String(event['kind']), lane) ?? status;
    if (status === 'ready' || event['kind'] === 'status') lane = 'ready';
  }
  return when(
    status !== task['status'],
    () => `${task['id']} is ${task['status']}; its events say ${status}`,
  );
}

/** Read once for each row: a simulation hands over the same rows until they are written. */
const payloads = new WeakMap<NamedRow, Payload>();
type Payload = Readonly<Record<string, unknown>>;

function payloadOf(event: NamedRow): Payload {
  const known = payloads.get(event);
  if (known !== undefined) return known;
  const payload: Payload = JSON.parse(String(event['payload'] ?? '{}'));
  payloads.set(event, payload);
  return payload;
}

function becomes(kind: string, lane: unknown): unknown {
  switch (kind) {
    case 'claimed':
      return 'running';
    case 'completed':
      return 'done';
    case 'blocked':
    case 'gave_up':
      return 'blocked';
    case 'archived':
      return 'archived';
    case 'scheduled':
      return 'scheduled';
    case 'specified':
    case 'decomposed':
      return 'todo';
    case 'promoted':
    case 'promoted_manual':
    case 'unblocked':
    case 'failed':
    case 'crashed':
    case 'protocol_violation':
    case 'rate_limited':
    case 'timed_out':
    case 'stale':
    case 'reclaimed':
    case 'spawn_failed':
      return lane;
    default:
      return undefined;
  }
}

function oneProcessAtMost(task: NamedRow, board: Arranged): string[] {
  const alive = board
    .processes(task['id'])
    .filter((run) => run['gone_at'] === null && run['abandoned_at'] === null);
  const [open] = board.processOfRun(task['current_run_id']);
  return [
    ...when(alive.length > 1, () => `${task['id']} has ${alive.length} processes that may live`),
    ...when(
      open !== undefined && open['ended_at'] !== null,
      () => `run ${task['current_run_id']} is open and ended`,
    ),
  ];
}

function closedRunIsClosed(run: NamedRow): string[] {
  if (run['ended_at'] === null)
    return when(run['status'] !== 'running', () => `run ${run['id']} is open but not running`);
  const status = run['outcome'] === 'completed' ? 'done' : run['outcome'];
  const left = [run['claim_lock'], run['claim_expires'], run['worker_pid']].filter((value) => value !== null);
  return [
    ...when(run['outcome'] === null, () => `run ${run['id']} ended without an outcome`),
    ...when(run['status'] !== status, () => `run ${run['id']} is ${run['status']} after ${run['outcome']}`),
    ...when(left.length > 0, () => `run ${run['id']} ended and keeps ${left.join(', ')}`),
  ];
}

/** The events that may end a run, by its outcome. */
const endings: Readonly<Record<string, readonly string[]>> = {
  // An edited result of a task that nobody ran is recorded as a run too.
  completed: ['completed', 'edited'],
  blocked: ['blocked', 'block_loop_detected'],
  scheduled: ['scheduled'],
  review_requested: ['review_requested'],
  changes_requested: ['changes_requested'],
  dependency_wait: ['dependency_wait'],
  crashed: ['crashed', 'protocol_violation'],
  timed_out: ['timed_out'],
  failed: ['failed'],
  spawn_failed: ['spawn_failed'],
  gave_up: ['spawn_failed'],
  reclaimed: ['reclaimed', 'archived', 'status'],
  rate_limited: ['rate_limited'],
  stale: ['stale'],
};

function runHasItsEvents(run: NamedRow, board: Arranged): string[] {
  if (wasPruned(run['task_id'], board)) return [];
  const kinds = board.eventsOfRun(run['id']).map((event) => String(event['kind']));
  const claims = kinds.filter((kind) => kind === 'claimed').length;
  if (run['ended_at'] === null)
    return when(claims !== 1, () => `open run ${run['id']} has ${claims} claimed events`);
  // What a foreign writer forgot has no event of its own; the claim that found it closed it (contract §4.2).
  if (run['error'] === 'Left open; a later claim closed it.') return [];
  const expected = endings[String(run['outcome'])] ?? [];
  const ends = kinds.filter((kind) => expected.includes(kind)).length;
  return [
    ...when(claims > 1, () => `run ${run['id']} was claimed ${claims} times`),
    ...when(
      ends !== 1,
      () => `run ${run['id']} ended ${run['outcome']} with ${ends} such events of ${kinds.join(', ')}`,
    ),
  ];
}

const eventsAreInOrder = (all: Dump): string[] =>
  all.task_events.flatMap((event, index) =>
    when(
      Number(all.task_events[index - 1]?.['created_at'] ?? 0) > Number(event['created_at']),
      () => `event ${event['id']} is older than the one before it`,
    ),
  );

/** `gc` took the old events of a finished task, its birth among them, and left the one that tells its status. */
function wasPruned(id: unknown, board: Arranged): boolean {
  const status = board.tasks(id)[0]?.['status'];
  const born = board.events(id).some((event) => event['kind'] === 'created');
  return !born && ['done', 'archived'].includes(String(status));
}
