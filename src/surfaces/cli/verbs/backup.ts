import { dirname, join, resolve } from 'node:path';
import { formatBytes } from '../../../domain/size.ts';
import { archiveOf, summaryText } from '../archive.ts';
import { type Desk, onBoard } from '../on-board.ts';
import { say, sayJson, warn } from '../output.ts';
import { progress } from '../progress.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('backup')
    .description('copy the board into a file and check the copy, while everything goes on')
    .option('--to <path>', 'the file, or a folder for it (default: the backups folder of the home)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\n`andon restore` brings it back. Boards in PostgreSQL are backed up with pg_dump.',
    )
    .action(({ to, json }) =>
      onBoard(program, async (desk) => {
        const archive = await archiveOf(desk);
        const { quietWorld } = await import('../quiet-world.ts');
        const { files } = quietWorld();
        const path = await target(desk, to);
        await files.makeFolder(dirname(path), 0o700);
        const summary = await archive.backup(desk.board, path, progress());
        const bytes = (await files.size(path)) ?? 0;
        for (const sentence of summary.unsound) warn(`andon: the board is backed up as it is: ${sentence}`);
        if (json) return sayJson({ board: desk.board, path, bytes, ...summary });
        say(`Board ${desk.board}: ${summaryText(summary)}`);
        say(`${path} (${formatBytes(bytes)})`);
      }),
    );
}

/** Where a backup goes, by what was asked for. */
async function target({ home, board }: Desk, to: string | undefined): Promise<string> {
  const { backupName, backupsFolder } = await import('../../../services/backups.ts');
  const { quietWorld } = await import('../quiet-world.ts');
  const { files, now } = quietWorld();
  const name = backupName(now(), 'backup');
  if (to === undefined) return join(backupsFolder(home, board), name);
  return (await files.isFolder(resolve(to))) ? join(resolve(to), name) : resolve(to);
}
