import type { Limits } from '../domain/admission.ts';
import type { Budget } from '../domain/budget.ts';
import type { BoardId } from '../domain/ids.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { EndedRun, PassReport, ReapedRun } from './pass-report.ts';
import { type Look, lookAt, nobodyWithin, survey } from './queue.ts';
import type { Settler } from './settler.ts';

/** What a pass would do, by the rules of a real one: it only reads, and needs no lease. */
export async function previewPass(
  kernel: Kernel,
  options: {
    readonly boards: readonly BoardId[];
    readonly budgets: readonly Budget[];
    readonly limitsAt: (looks: readonly Look[]) => Limits;
    readonly most: number;
    readonly failureLimit: number | undefined;
    readonly settler: Settler;
  },
): Promise<PassReport> {
  const looks: Look[] = [];
  const ended: EndedRun[] = [];
  const forecast: PassReport['forecast'][number][] = [];
  for (const board of options.boards) {
    const seen = await lookAt(kernel, board, nobodyWithin(options.budgets, board));
    const gone = await options.settler.overOnes(seen);
    const processes = seen.processes.filter((run) => !gone.includes(run));
    looks.push({ board, seen: { ...seen, processes } });
    for (const { task_id, run_id } of gone) {
      ended.push({ board, task_id, run_id, outcome: null, blocked: false });
    }
    const told = await kernel.forecast(board, { failure_limit: options.failureLimit });
    if (!told.ok) throw new Error(told.refusal.sentence);
    forecast.push({ board, ...told.value });
  }
  const limits = options.limitsAt(looks);
  const { start, skip } = await survey(kernel, looks, limits);
  return {
    now: limits.now,
    started: start.slice(0, options.most).map(({ board, ready, profile }) => ({
      board,
      task: { ...ready.task, assignee: profile },
      by_default: ready.task.assignee === null,
    })),
    promoted: forecast.reduce((sum, { promotes }) => sum + promotes.length, 0),
    reclaimed: forecast.reduce((sum, { expires }) => sum + expires.length, 0),
    ended,
    skipped: skip,
    left: start.slice(options.most),
    forecast,
  };
}

/** What became of runs, as their boards say it. */
export async function endingsOf(kernel: Kernel, reaped: readonly ReapedRun[]): Promise<EndedRun[]> {
  const ended: EndedRun[] = [];
  for (const run of reaped) {
    const stands = await kernel.standing(run.board, { task_id: run.task_id });
    const outcome = stands.ok ? (stands.value.last_run?.outcome ?? null) : null;
    ended.push({ ...run, outcome, blocked: stands.ok && stands.value.task.status === 'blocked' });
  }
  return ended;
}
