import { Failure } from '../failure.ts';
import { wholeNumber } from '../options.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('dispatch')
    .description('one pass of the dispatcher, without a gateway')
    .option('--dry-run', 'tell what a pass would do, and change nothing')
    .option('--max <n>', 'start at most this many workers', wholeNumber(1))
    .option('--json', 'print JSON')
    .action(async ({ dryRun, max, json }) => {
      const { dispatchOnce } = await import('../../gateway/dispatch-once.ts');
      const done = await dispatchOnce({ most: max ?? Number.POSITIVE_INFINITY, dryRun: dryRun === true });
      if (!done.ok) throw new Failure(done.message);
      const { started, skipped, promoted } = done.report;
      const spawned = started.map(({ ready: { task } }) => ({ task_id: task.id, assignee: task.assignee }));
      const skips = skipped.map(({ ready: { task }, obstacle }) => ({ task_id: task.id, ...obstacle }));
      if (json) return sayJson({ dry_run: dryRun === true, promoted, spawned, skipped: skips });
      say(
        `${dryRun ? 'Would start' : 'Started'} ${spawned.length}, promoted ${promoted}, skipped ${skips.length}.`,
      );
      for (const { task_id, assignee } of spawned) say(`  ${task_id}  ${assignee ?? '-'}`);
      for (const skip of skips) say(`  ${skip.task_id}  not started: ${skip.code.replaceAll('_', ' ')}`);
    });
}
