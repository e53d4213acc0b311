import { type Severity, severities, type TaskDiagnostics } from '../../../domain/diagnostics.ts';
import { ok, type Result } from '../../../domain/errors.ts';
import type { Attachment, Task } from '../../../domain/task.ts';
import { mayDo } from '../../../domain/token.ts';
import type { RunView } from '../../../domain/view.ts';
import type { BoardCall } from '../call.ts';
import { HttpProblem, refused } from '../problem.ts';
import { diagnose } from '../routes/health.ts';

/** Records in the shapes of contract §10. What would let a reader write or find files is for those who may write. */

const mayWrite = ({ identity }: Pick<BoardCall, 'identity'>): boolean => mayDo(identity, 'operator');

/** The beginning of a summary, as cards show it. */
export const summaryPreview = (text: string | null): string | null => text?.slice(0, 200) ?? null;

/** Every column of a task, its ages in seconds, and its diagnostics when it has any. */
export function olderTask(
  call: BoardCall,
  { foreign_status, ...task }: Task,
  beside: {
    readonly now: number;
    readonly latest_summary: string | null;
    readonly diagnostics: TaskDiagnostics['diagnostics'];
  },
) {
  const { now, latest_summary, diagnostics } = beside;
  const { created_at, started_at, completed_at } = task;
  return {
    ...task,
    status: foreign_status ?? task.status,
    claim_lock: mayWrite(call) ? task.claim_lock : null,
    age: {
      created_age_seconds: now - created_at,
      started_age_seconds: started_at === null ? null : now - started_at,
      time_to_complete_seconds: completed_at === null ? null : completed_at - (started_at ?? created_at),
    },
    latest_summary,
    ...(diagnostics.length > 0 && { diagnostics, warnings: warningsOf(diagnostics) }),
  };
}

function warningsOf(diagnostics: TaskDiagnostics['diagnostics']) {
  const kinds: Record<string, number> = {};
  for (const { kind, count } of diagnostics) kinds[kind] = (kinds[kind] ?? 0) + count;
  const worst = Math.max(...diagnostics.map(({ severity }) => severities.indexOf(severity)));
  return {
    count: diagnostics.length,
    kinds,
    latest_at: Math.max(...diagnostics.map(({ last_seen_at }) => last_seen_at)),
    highest_severity: severities[worst],
  };
}

/** The diagnostics of a board by task. */
export async function diagnosticsByTask(
  call: BoardCall,
  filter: Parameters<typeof diagnose>[1] & { readonly severity?: Severity | undefined } = {},
): Promise<Result<ReadonlyMap<string, TaskDiagnostics['diagnostics']>>> {
  const found = await diagnose(call, filter);
  return found.ok ? ok(new Map(found.value.map((each) => [each.task_id, each.diagnostics]))) : found;
}

/** One task as it is now. */
export async function taskNow(
  call: BoardCall,
  task_id: Task['id'],
): Promise<Result<ReturnType<typeof olderTask>>> {
  const view = await call.kernel.show(call.board, { task_id, events: 0 });
  if (!view.ok) return view;
  const diagnostics = await diagnosticsByTask(call, { task_id });
  if (!diagnostics.ok) return diagnostics;
  return ok(
    olderTask(call, view.value.task, {
      now: nowOf(call),
      latest_summary: view.value.latest_summary,
      diagnostics: diagnostics.value.get(task_id) ?? [],
    }),
  );
}

export const nowOf = ({ desk }: Pick<BoardCall, 'desk'>): number => Math.floor(desk.world.now() / 1000);

/** Every column of a run. */
export const olderRun = (call: BoardCall, { process: _, ...run }: RunView) => ({
  ...run,
  claim_lock: mayWrite(call) ? run.claim_lock : null,
});

export const olderAttachment = (call: BoardCall, attachment: Attachment) => ({
  ...attachment,
  stored_path: mayWrite(call) ? attachment.stored_path : '',
});

/** A refusal that is a bad request here, as the older API has it. */
export function asBadRequest<Value>(result: Result<Value>): Result<Value> {
  if (result.ok) return result;
  const { detail, ids } = refused(result.refusal);
  throw new HttpProblem('invalid_input', detail, { ids });
}
