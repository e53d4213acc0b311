import { dispatchAnswer, dispatchLines } from '../../dispatch-report.ts';
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
      if (json) return sayJson(dispatchAnswer(done.report, dryRun === true));
      say(dispatchLines(done.report, dryRun === true).join('\n'));
    });
}
