import { asProfileName, asSeconds, type BoardId, type RunId, type TaskId } from '../../src/domain/ids.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import type { Ledger } from './ledger.ts';
import type { Actor, Scheduler } from './scheduler.ts';
import { persist } from './sim-workers.ts';

export interface Crowd {
  readonly scheduler: Scheduler;
  readonly ledger: Ledger;
  readonly boards: readonly BoardId[];
  readonly kernel: Kernel;
  readonly actor: Actor;
}

export const profiles = ['coder', 'writer'] as const;

/** What people do on their boards while everything goes wrong, one thing after the other. */
export async function live(crowd: Crowd, deeds: number): Promise<void> {
  const { scheduler, actor } = crowd;
  for (let done = 0; done < deeds; done++) {
    await scheduler.wait(actor, 'thinks', scheduler.random.whole(0, done < 3 ? 200 : 3000));
    await persist(scheduler, actor, () => doSomething(crowd));
  }
}

async function doSomething(crowd: Crowd): Promise<void> {
  const { scheduler, ledger, kernel } = crowd;
  const { random } = scheduler;
  const board = random.pick(crowd.boards);
  const tasks = ledger.on(board);
  if (tasks.length < 2 || random.chance(0.35)) return create(crowd, board);
  const id = random.pick(tasks);
  switch (
    random.pick([
      'link',
      'unlink',
      'comment',
      'unblock',
      'assign',
      'archive',
      'claim',
      'subscribe',
      'block',
      'stop',
    ] as const)
  ) {
    case 'link':
      return void (await kernel.link(board, { parent_id: id, child_id: random.pick(tasks) }));
    case 'unlink':
      return void (await kernel.unlink(board, { parent_id: id, child_id: random.pick(tasks) }));
    case 'comment': {
      const said = await kernel.comment(board, { task_id: id, author: 'ann', body: 'How is it going?' });
      if (said.ok) ledger.acknowledged(board, 'comment', said.value.comment.id);
      return;
    }
    case 'unblock':
      return void (await kernel.unblock(board, { task_id: id, reason: 'go on', comment_as: 'ann' }));
    case 'assign':
      return void (await kernel.assign(board, {
        task_id: id,
        assignee: asProfileName(random.pick(profiles)),
      }));
    case 'archive': {
      if (random.chance(0.7)) return;
      const archived = await kernel.archive(board, { task_id: id });
      if (archived.ok) ledger.acknowledged(board, 'archived', id);
      return;
    }
    case 'stop':
      return void (await kernel.stop(board, { task_id: id, by: 'ann' }));
    case 'claim':
      return claim(crowd, board, id);
    case 'subscribe':
      return subscribe(crowd, board, id);
    case 'block':
      return void (await kernel.block(board, { task_id: id, reason: 'not yet' }));
  }
}

async function create({ scheduler, ledger, kernel }: Crowd, board: BoardId): Promise<void> {
  const { random } = scheduler;
  const known = ledger.on(board);
  const parents = known.filter(() => random.chance(0.25)).slice(0, 3);
  const answer = await kernel.create(board, {
    title: `Task ${known.length}`,
    assignee: random.chance(0.9) ? asProfileName(random.pick(profiles)) : null,
    parents,
    priority: random.whole(0, 2),
    max_runtime_seconds: random.chance(0.8) ? random.whole(5, 30) : undefined,
    max_retries: random.chance(0.3) ? random.whole(1, 4) : undefined,
    initial_status: random.chance(0.05) ? 'blocked' : undefined,
    idempotency_key: `${board}/${known.length}`,
  });
  if (!answer.ok) return;
  const { id } = answer.value.task;
  if (!known.includes(id)) ledger.created(board, id);
  if (random.chance(0.5)) await subscribe({ scheduler, ledger, kernel }, board, id);
}

async function subscribe(
  { scheduler, ledger, kernel }: Pick<Crowd, 'scheduler' | 'ledger' | 'kernel'>,
  board: BoardId,
  id: TaskId,
): Promise<void> {
  const chat = scheduler.random.pick(['ops', 'team']);
  const answer = await kernel.subscribe(board, { task_id: id, platform: 'webhook', chat_id: chat });
  if (answer.ok) ledger.acknowledged(board, 'subscribed', `${id}/${chat}`);
}

/** Somebody outside pulls a task, and completes it or forgets it. */
async function claim({ scheduler, ledger, kernel, actor }: Crowd, board: BoardId, id: TaskId): Promise<void> {
  const answer = await kernel.claim(board, {
    task_id: id,
    claim_lock: 'elsewhere:1',
    ttl_seconds: asSeconds(scheduler.random.whole(5, 20)),
    workspace_path: null,
  });
  if (!answer.ok || scheduler.random.chance(0.4)) return;
  await scheduler.wait(actor, 'works outside', scheduler.random.whole(100, 15_000));
  await finish(kernel, ledger, board, id, answer.value.run_id);
}

async function finish(kernel: Kernel, ledger: Ledger, board: BoardId, id: TaskId, run: RunId): Promise<void> {
  const answer = await kernel.complete(board, { task_id: id, run_id: run, summary: 'done outside' });
  if (answer.ok) ledger.acknowledged(board, 'completed', run);
}

/** When nothing goes wrong any more somebody answers whatever is blocked, which must have said why. */
export async function answerAll(crowd: Crowd): Promise<void> {
  const { scheduler, kernel, actor } = crowd;
  for (;;) {
    for (const board of crowd.boards) {
      const blocked = await persist(scheduler, actor, () => kernel.list(board, { status: 'blocked' }));
      for (const { id } of blocked.ok ? blocked.value : []) await answer(crowd, board, id);
    }
    await scheduler.wait(actor, 'waits', 5000);
  }
}

async function answer({ scheduler, kernel, actor }: Crowd, board: BoardId, id: TaskId): Promise<void> {
  const standing = await persist(scheduler, actor, () => kernel.standing(board, { task_id: id }));
  if (standing.ok && standing.value.task.status === 'blocked' && !standing.value.blocked?.reason)
    scheduler.fail('a blocked task says why', `${id} on ${board} has no reason`);
  await persist(scheduler, actor, () => kernel.unblock(board, { task_id: id }));
}

/** Somebody comes to a board where nothing goes on, and makes one more task; gives its id to `made`. */
export async function comeLate(
  { scheduler, kernel, actor, boards }: Crowd,
  made: (id: TaskId) => void,
): Promise<void> {
  const [board] = boards;
  if (board === undefined) return;
  await scheduler.wait(actor, 'waits', 20_000);
  const task = { title: 'One more', assignee: asProfileName(profiles[0]) };
  const answered = await persist(scheduler, actor, () => kernel.create(board, task));
  if (answered.ok) made(answered.value.task.id);
}
