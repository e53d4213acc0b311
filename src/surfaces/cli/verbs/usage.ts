import { Option } from '@commander-js/extra-typings';
import { asMillis, asTaskId } from '../../../domain/ids.ts';
import { spendingGroups, spendingText } from '../../../domain/usage.ts';
import { columns, oneLine } from '../../render.ts';
import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { duration } from '../options.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('usage')
    .description('what agents have spent: tokens, and money by their own figures or by prices')
    .argument('[id]', 'only this task')
    .addOption(new Option('--by <what>', 'sum it by this').choices(spendingGroups).default('task' as const))
    .option('--tree', 'with the task all that depends on it')
    .option('--since <duration>', 'only runs that spent something in this time, such as 24h', duration)
    .option('--json', 'print JSON; cost_micros are millionths of a US dollar')
    .action((id, { by, tree, since, json }) =>
      onBoard(program, async ({ kernel, board }) => {
        const task_id = id === undefined ? undefined : asTaskId(id);
        if (task_id !== undefined) granted(await kernel.show(board, { task_id, events: 0 }));
        const from = since === undefined ? {} : { since: asMillis(Date.now() - since * 1000) };
        const rows = granted(await kernel.usage(board, { by, task_id, tree, ...from }));
        if (json) return sayJson(rows);
        if (rows.length === 0) return say('(nothing spent, as far as agents told)');
        const cells = rows.map((row) => [
          oneLine(row.key, 40),
          `${row.runs} ${row.runs === 1 ? 'run' : 'runs'}`,
          spendingText(row),
        ]);
        for (const line of columns(cells)) say(line.join('  ').trimEnd());
      }),
    );
}
