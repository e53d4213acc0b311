import { asTaskId } from '../../../domain/ids.ts';
import { onBoard } from '../on-board.ts';
import { say, sayJson, warn } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('promote')
    .description('make tasks ready by hand')
    .argument('<id>', 'the task')
    .argument('[reason...]', 'why')
    .option('--ids <ids...>', 'more tasks to promote alike')
    .option('--force', 'also while parents are open; they hold it no more then')
    .option('--dry-run', 'tell what would happen, and change nothing')
    .option('--json', 'print JSON')
    .action((id, words, { ids = [], force = false, dryRun: dry_run = false, json }) =>
      onBoard(program, async ({ kernel, board, author }) => {
        const reason = words.join(' ').trim() || undefined;
        const answers = [];
        for (const task_id of [id, ...ids].map(asTaskId)) {
          const input = { task_id, actor: author, reason, force };
          const done = dry_run ? await kernel.promotion(board, input) : await kernel.promote(board, input);
          const error = done.ok ? null : done.refusal.sentence;
          answers.push({
            task_id,
            promoted: done.ok && !dry_run,
            dry_run,
            forced: force,
            reason: reason ?? null,
            error,
          });
          if (error !== null) {
            warn(`andon: ${error}`);
            process.exitCode = 1;
          } else if (!json) say(`${dry_run ? 'Would promote' : 'Promoted'} ${task_id}`);
        }
        if (json) sayJson(ids.length === 0 ? answers[0] : answers);
      }),
    );
}
