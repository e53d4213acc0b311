import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { wholeNumber } from '../options.ts';
import { say, sayJson } from '../output.ts';
import { tellSwept } from '../remove-tasks.ts';
import type { Program } from '../verb.ts';

const day = 86_400;

export function register(program: Program): void {
  program
    .command('gc')
    .description(
      'remove what nobody needs: old events and logs of finished tasks, folders of archived ones, old trash',
    )
    .option(
      '--event-retention-days <days>',
      'keep events of finished tasks this long (default: 30)',
      wholeNumber(0),
    )
    .option(
      '--log-retention-days <days>',
      'keep logs of finished tasks this long (default: 30)',
      wholeNumber(0),
    )
    .option('--dry-run', 'tell what would go, and remove nothing')
    .option('--json', 'print JSON')
    .action(({ eventRetentionDays = 30, logRetentionDays = 30, dryRun = false, json }) =>
      onBoard(program, async ({ home, kernel, board }) => {
        const ages = {
          events_older_than: eventRetentionDays * day,
          logs_older_than: logRetentionDays * day,
        };
        const { withReserve } = await import('../../../services/reserve.ts');
        const { collectFiles } = await import('../../../services/collect-files.ts');
        const { settingsOf } = await import('../configuration.ts');
        const { quietWorld } = await import('../quiet-world.ts');
        const settings = await settingsOf(home);
        const world = quietWorld();
        const ask = () => kernel[dryRun ? 'prunable' : 'prune'](board, ages);
        const found = granted(await (dryRun ? ask() : withReserve(world, home, ask)));
        const swept = await collectFiles(world, kernel, { home, board, settings }, found, dryRun);
        const { events, deliveries, orphans } = found;
        if (json) return sayJson({ board, dry_run: dryRun, events, deliveries, orphans, ...swept });
        const went = dryRun ? 'Would remove' : 'Removed';
        say(
          `${went} ${events} events, ${deliveries} deliveries, ${orphans} orphaned rows and ${swept.removed.length} files and folders.`,
        );
        tellSwept(swept, { dry_run: dryRun });
      }),
    );
}
