import {
  asProfileName,
  asRunId,
  asSeconds,
  asTaskId,
  type BoardId,
  defaultBoard,
  parseBoardId,
  type RunId,
  type TaskId,
} from '../../src/domain/ids.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { hashOf } from '../../src/services/secret.ts';
import type { SpawnRequest } from '../../src/services/world.ts';
import { StoreFault } from '../../src/store/store.ts';
import type { Bells } from './bells.ts';
import type { Faults } from './faults.ts';
import type { Ledger } from './ledger.ts';
import type { Actor, Scheduler } from './scheduler.ts';
import type { SimFiles } from './sim-files.ts';
import type { HowEnded, SimProcess, SimProcesses } from './sim-processes.ts';

/** What a worker does this time. Only `good` and `asks` are what a task hopes for. */
const manners = [
  'good',
  'asks',
  'crashes',
  'silent',
  'rate limited',
  'out of quota',
  'gives up',
  'hangs',
  'lingers',
  'leaves a child',
] as const;
type Manner = (typeof manners)[number];

export interface Workshop {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly files: SimFiles;
  readonly processes: SimProcesses;
  readonly bells: Bells;
  readonly ledger: Ledger;
  readonly latched: boolean;
  /** A kernel as the worker's own commands open it. */
  kernelFor(actor: Actor): Kernel;
}

/** What a worker knows of itself, from its environment. */
interface Duty {
  readonly board: BoardId;
  readonly task: TaskId;
  readonly run: RunId;
  readonly profile: string;
  readonly proof: string;
}

/**
 * A launcher and its worker, as `launcher.sh` starts them: an identity before the command begins, the command as a child
 * in the same session, the exit file by rename, a ring of the bell. Each of them is a process of its own and may be
 * killed at any wait; the worker writes through a kernel of its own.
 */
export function launch(shop: Workshop, request: SpawnRequest): SimProcess {
  const { scheduler, processes, faults } = shop;
  if (faults.happens('worker cannot start')) throw new Error('EAGAIN: no more processes.');
  const [, , dir = ''] = request.command;
  const { env } = request;
  const mark = env['ANDON_RUN_MARK'] ?? '';
  const workspace = env['ANDON_WORKSPACE'] ?? '';
  const born = { mark, workspace, held: `${dir}/identity` };
  const launcher = processes.start({ name: 'launcher', role: 'launcher', leads: true, ...born });
  const duty: Duty = {
    board: parseBoardId(env['ANDON_BOARD'] ?? '') ?? defaultBoard,
    task: asTaskId(env['ANDON_TASK'] ?? ''),
    run: asRunId(Number(env['ANDON_RUN_ID'])),
    profile: env['ANDON_PROFILE'] ?? '',
    proof: hashOf(env['ANDON_RUN_TOKEN'] ?? ''),
  };
  const main = async (): Promise<void> => {
    const wait = (label: string): Promise<void> => scheduler.wait(launcher.actor, label);
    await wait('writes its identity');
    const { pid, start, boot } = launcher.identity;
    if (!shop.files.hasFolder(dir)) return processes.exit(launcher, 'code 125');
    // The shell makes the file, unless it is there, and writes into it a moment later.
    if (!shop.files.putNew(`${dir}/identity`, '') && shop.latched)
      return processes.exit(launcher, 'code 125');
    await wait('fills its identity');
    shop.files.put(`${dir}/identity`, `${pid} ${start} ${boot}\n`);
    await wait('starts the command');
    const stubborn = scheduler.random.chance(0.2);
    const worker = processes.start({
      name: `worker of ${duty.task}/${duty.run}`,
      role: 'worker',
      leads: false,
      parent: launcher,
      stubborn,
      ...born,
    });
    const ended = new Promise<HowEnded>((resolve) => {
      worker.onEnd.push(
        (how) => void scheduler.turn(launcher.actor, 'its command ended', () => resolve(how)),
      );
    });
    scheduler.turn(worker.actor, 'begins', () => void work(shop, worker, duty));
    processes.mayHang(worker);
    const how = await ended;
    await wait('writes the exit file');
    const told = launcher.told === undefined ? '' : ` told ${launcher.told}`;
    shop.files.put(`${dir}/exit`, `${how}${told}\n`);
    await wait('rings the bell');
    shop.bells.ring(duty.board, launcher.actor);
    await wait('ends');
    processes.exit(launcher, how);
  };
  scheduler.turn(launcher.actor, 'begins', () => void main());
  return launcher;
}

async function work(shop: Workshop, self: SimProcess, duty: Duty): Promise<void> {
  const { scheduler, processes, faults, ledger } = shop;
  const { random } = scheduler;
  const kernel = shop.kernelFor(self.actor);
  const sleep = (least: number, most: number): Promise<void> =>
    scheduler.wait(self.actor, 'works', random.whole(least, most));
  const { board, task, run, proof } = duty;
  const patient = <T>(ask: () => Promise<T>): Promise<T> => persist(scheduler, self.actor, ask);

  const manner: Manner = faults.on && random.chance(0.5) ? random.pick(manners) : 'good';
  scheduler.note(`${self.actor.name} ${manner}`);
  if (faults.happens('write from the grave')) writeFromTheGrave(shop, duty);
  await sleep(0, 2000);
  if (random.chance(0.5)) await patient(() => kernel.heartbeat(board, { task_id: task, run_id: run, proof }));
  if (random.chance(0.3)) {
    const said = { task_id: task, author: 'worker', body: `of run ${run}` };
    const answer = await patient(() => kernel.comment(board, said));
    if (answer.ok) ledger.acknowledged(board, 'comment', answer.value.comment.id);
  }
  if (manner === 'good' && random.chance(0.15)) await split(kernel, patient, ledger, duty);
  await sleep(0, 2000);

  const complete = async (): Promise<boolean> => {
    const done = { task_id: task, run_id: run, proof, summary: `by run ${run}` };
    const answer = await patient(() => kernel.complete(board, done));
    if (answer.ok) ledger.acknowledged(board, 'completed', run);
    return answer.ok;
  };

  switch (manner) {
    case 'crashes':
      return processes.exit(self, random.pick(['code 1', 'code 3', 'signal 11'] as const));
    case 'silent':
      return processes.exit(self, 'code 0');
    case 'rate limited':
      return processes.exit(self, 'code 75');
    case 'out of quota':
    case 'gives up': {
      const cause = manner === 'gives up' ? 'agent' : 'quota';
      const said = {
        task_id: task,
        run_id: run,
        proof,
        error: manner,
        cause,
        for_seconds: asSeconds(15),
      } as const;
      await patient(() => kernel.fail(board, said));
      return processes.exit(self, 'code 1');
    }
    case 'hangs':
      await sleep(60_000, 600_000);
      return processes.exit(self, 'code 1');
    case 'asks': {
      const question = { task_id: task, run_id: run, proof, reason: `What now? (run ${run})` };
      const answer = await patient(() => kernel.block(board, question));
      if (answer.ok) ledger.acknowledged(board, 'blocked', run);
      return processes.exit(self, 'code 0');
    }
    case 'leaves a child':
      leaveChild(shop, self);
      await complete();
      return processes.exit(self, 'code 0');
    case 'lingers':
      await complete();
      await sleep(1000, 90_000);
      return processes.exit(self, 'code 0');
    case 'good':
      return processes.exit(self, (await complete()) ? 'code 0' : 'code 1');
  }
}

/** A planner makes a child of its task, as a worker does with `kanban_create`. */
async function split(
  kernel: Kernel,
  patient: <T>(ask: () => Promise<T>) => Promise<T>,
  ledger: Ledger,
  { board, task, run, profile }: Duty,
): Promise<void> {
  const child = {
    title: `A child of ${task}`,
    assignee: asProfileName(profile),
    created_by: task,
    parents: [task],
    max_runtime_seconds: 20,
    idempotency_key: `${task}/${run}`,
  };
  const answer = await patient(() => kernel.create(board, child));
  if (answer.ok) ledger.created(board, answer.value.task.id);
}

/** A process that leaves the session and lives on for a while: its mark or the file it holds still tell whose it is. */
function leaveChild(shop: Workshop, { mark = '', workspace = '', held = '' }: SimProcess): void {
  const { scheduler, processes } = shop;
  const wiped = scheduler.random.chance(0.5);
  const born = { mark, wiped, held, workspace };
  const child = processes.start({ name: 'straggler', role: 'straggler', leads: true, ...born });
  const life = scheduler.random.whole(500, 20_000);
  scheduler.turn(child.actor, 'ends by itself', () => processes.exit(child, 'code 0'), life);
}

/**
 * A process without session and mark, which nobody can find. It claims, long after its run has ended, that the work is
 * done: the fence alone keeps that from counting.
 */
function writeFromTheGrave(shop: Workshop, { board, task, run, proof }: Duty): void {
  const { scheduler, processes, ledger } = shop;
  const ghost = processes.start({ name: `ghost of ${task}/${run}`, role: 'stranger', leads: true });
  const { actor } = ghost;
  const kernel = shop.kernelFor(actor);
  const main = async (): Promise<void> => {
    await scheduler.wait(actor, 'waits', scheduler.random.whole(500, 20_000));
    const late = { task_id: task, run_id: run, proof, summary: `late, by run ${run}` };
    await persist(scheduler, actor, () => kernel.heartbeat(board, { task_id: task, run_id: run, proof }));
    // Its run may still be open: the leader has not seen the end yet.
    const answer = await persist(scheduler, actor, () => kernel.complete(board, late));
    if (answer.ok) ledger.acknowledged(board, 'completed', run);
    processes.exit(ghost, 'code 0');
  };
  scheduler.turn(actor, 'rises', () => void main());
}

/** A worker's tool tries again when the board is locked or its disk is full. */
export async function persist<T>(scheduler: Scheduler, actor: Actor, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StoreFault))
        scheduler.fail('only injected faults', `${actor.name}: ${String(error)}`);
      scheduler.note(`${actor.name}: ${error instanceof Error ? error.message : String(error)}`);
      await scheduler.wait(actor, 'tries again', scheduler.random.whole(50, 500));
    }
  }
}
