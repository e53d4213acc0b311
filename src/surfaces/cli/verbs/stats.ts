import { formatDuration } from '../../../domain/duration.ts';
import { statuses } from '../../../domain/task.ts';
import { spendingText } from '../../../domain/usage.ts';
import type { Counts } from '../../../domain/view.ts';
import { columns, icon, oneLine } from '../../render.ts';
import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

/** `ready 2, done 5`, in the order of the board; `-` for nothing. */
const countsText = (counts: Counts): string =>
  statuses
    .filter((status) => (counts[status] ?? 0) > 0)
    .map((status) => `${status} ${counts[status]}`)
    .join(', ') || '-';

export function register(program: Program): void {
  program
    .command('stats')
    .description('count the tasks by status and by profile')
    .option('--json', 'print JSON')
    .action(({ json }) =>
      onBoard(program, async ({ kernel, board }) => {
        const stats = granted(await kernel.stats(board, {}));
        const [spent] = granted(await kernel.usage(board, { by: 'board' }));
        if (json) return sayJson({ ...stats, spent: spent ?? null });
        const rows = statuses
          .filter((status) => status !== 'archived')
          .map((status) => [icon(status), status, String(stats.by_status[status] ?? 0)]);
        for (const cells of columns(rows)) say(cells.join('  '));
        const oldest = stats.oldest_ready_age_seconds;
        if (oldest !== null) say(`The oldest ready task has waited ${formatDuration(oldest * 1000)}.`);
        if (spent !== undefined) say(`Agents have spent ${spendingText(spent)} in ${spent.runs} runs.`);
        const names = Object.entries(stats.by_assignee);
        for (const cells of columns(names.map(([name, counts]) => [oneLine(name, 40), countsText(counts)]))) {
          say(cells.join('  '));
        }
      }),
    );

  program
    .command('assignees')
    .description('list the profiles, on disk or on the board, and what each has to do')
    .option('--json', 'print JSON')
    .action(({ json }) =>
      onBoard(program, async ({ kernel, board, home }) => {
        const { by_assignee } = granted(await kernel.stats(board, {}));
        const { profileNames } = await import('../configuration.ts');
        const onDisk = new Set(await profileNames(home));
        const names = [...new Set([...onDisk, ...Object.keys(by_assignee)])].sort();
        const rows = names.map((name) => ({
          name,
          on_disk: onDisk.has(name),
          counts: by_assignee[name] ?? {},
        }));
        if (json) return sayJson(rows);
        if (rows.length === 0) return say('(no profiles)');
        const cells = rows.map(({ name, on_disk, counts }) => [
          oneLine(name, 40),
          on_disk ? 'on disk' : 'not here',
          countsText(counts),
        ]);
        for (const line of columns(cells)) say(line.join('  '));
      }),
    );
}
