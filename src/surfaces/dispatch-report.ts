import type { Skipped } from '../domain/admission.ts';
import type { Seconds, TaskId } from '../domain/ids.ts';
import { explain } from '../domain/obstacle.ts';
import type { EndedRun, PassReport } from '../services/pass-report.ts';

/** What `andon dispatch` says of a pass, as JSON and as text. */

/** The fields of contract §8.3, and for each task that waits its reason in words. */
export function dispatchAnswer(report: PassReport, dryRun: boolean) {
  const skips = skipsOf(report);
  const ids = (found: readonly { readonly task_id: string }[]) => found.map(({ task_id }) => task_id);
  const ended = (wanted: (run: EndedRun) => boolean) => ids(report.ended.filter(wanted));
  const coded = (code: string) => skips.filter((skip) => skip.code === code);
  return {
    dry_run: dryRun,
    reclaimed: report.reclaimed,
    promoted: report.promoted,
    crashed: ended(({ outcome }) => outcome === 'crashed'),
    timed_out: ended(({ outcome }) => outcome === 'timed_out'),
    stale: ended(({ outcome }) => outcome === 'stale'),
    rate_limited: ended(({ outcome }) => outcome === 'rate_limited'),
    auto_blocked: ended(({ blocked, outcome }) => blocked && outcome !== 'blocked'),
    spawned: report.started.map(({ board, task }) => ({
      task_id: task.id,
      assignee: task.assignee,
      workspace: dryRun ? '' : task.workspace_path,
      board,
    })),
    auto_assigned_default: report.started.flatMap(({ task, by_default }) => (by_default ? [task.id] : [])),
    skipped_unassigned: ids(coded('unassigned')),
    skipped_nonspawnable: ids(coded('no_profile')),
    skipped_per_profile_capped: report.skipped.flatMap(({ ready: { task }, obstacle }) =>
      obstacle.code === 'profile_full'
        ? [{ task_id: task.id, assignee: obstacle.name, current: obstacle.running }]
        : [],
    ),
    respawn_guarded: report.skipped.flatMap(guarded),
    skipped: skips,
    left: report.left.map(({ board, ready }) => ({ task_id: ready.task.id, board })),
    would: report.forecast.map(({ board, promotes, wakes, expires }) => ({
      board,
      promote: promotes,
      wake: wakes,
      reclaim: expires,
      settle: ids(report.ended.filter((run) => run.board === board)),
    })),
  };
}

interface Guarded {
  readonly task_id: TaskId;
  readonly reason: 'process_lingers' | 'rate_limit_cooldown' | 'failure_backoff';
  readonly until: Seconds | null;
}

/** What the contract calls a respawn guard: the task would start again too soon. */
function guarded({ ready: { task }, obstacle }: Skipped): Guarded[] {
  if (obstacle.code === 'process_lingers') {
    return [{ task_id: task.id, reason: obstacle.code, until: null }];
  }
  if (obstacle.code !== 'cooling_down') return [];
  const reason = obstacle.after === 'rate_limit' ? 'rate_limit_cooldown' : 'failure_backoff';
  return [{ task_id: task.id, reason, until: obstacle.until }];
}

const skipsOf = ({ skipped, now }: PassReport) =>
  skipped.map(({ board, ready: { task }, obstacle }: Skipped) => ({
    task_id: task.id,
    board,
    ...obstacle,
    ...explain(task, obstacle, now),
  }));

/** One line for the whole, and one for each task concerned. */
export function dispatchLines(report: PassReport, dryRun: boolean): string[] {
  const several = new Set(
    [...report.forecast, ...report.started, ...report.skipped].map(({ board }) => board),
  );
  const name = (board: string, id: string): string => (several.size > 1 ? `${board}/${id}` : id);
  const { started, promoted, reclaimed, skipped, left, ended, forecast } = report;
  const counts = `${started.length}, promoted ${promoted}, reclaimed ${reclaimed}`;
  const would = dryRun ? 'would be ' : '';
  return [
    `${dryRun ? 'A pass would have started' : 'Started'} ${counts}; ${skipped.length + left.length} wait.`,
    ...ended.map(
      ({ board, task_id, run_id, outcome }) =>
        `  ${name(board, task_id)}  run ${run_id} has ended${outcome === null ? '' : `: ${outcome}`}`,
    ),
    ...forecast.flatMap(({ board, promotes, wakes, expires }) => [
      ...expires.map((id) => `  ${name(board, id)}  its claim has run out and would be taken back`),
      ...wakes.map((id) => `  ${name(board, id)}  its time has come, so it would be woken`),
      ...promotes.map((id) => `  ${name(board, id)}  would be made ready`),
    ]),
    ...started.map(
      ({ board, task }) => `  ${name(board, task.id)}  ${would}started for ${task.assignee ?? '-'}`,
    ),
    ...left.map(
      ({ board, ready }) => `  ${name(board, ready.task.id)}  could start, and is left for a later pass`,
    ),
    ...skipsOf(report).map((skip) => `  ${name(skip.board, skip.task_id)}  ${skip.sentence} ${skip.next}`),
  ];
}
