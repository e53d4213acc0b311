import { asMillis, asTaskId } from '../../../domain/ids.ts';
import type { Delivery } from '../../../domain/view.ts';
import { deliveryTable } from '../../render-people.ts';
import { granted, usage } from '../failure.ts';
import { type Desk, onBoard } from '../on-board.ts';
import { wholeNumber } from '../options.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

const usualLimit = 50;

const ids = (text: string, before: number[] | undefined): number[] => [
  ...(before ?? []),
  wholeNumber(1)(text),
];

export function register(program: Program): void {
  program
    .command('deliveries')
    .description('list the messages that were sent, wait to be sent, or were given up')
    .argument('[id]', 'only those of this task')
    .option('--failed', 'only those that have failed, with the reason')
    .option('--retry <id>', 'send this one again, from the first attempt on (repeat for several)', ids)
    .option('--all', 'send again all that were given up')
    .option('--limit <number>', `at most this many, the newest (${usualLimit} unless said)`, wholeNumber(1))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  andon deliveries --failed
  andon deliveries --retry 42
  andon deliveries --all                    when what was broken works again`,
    )
    .action((id, { failed, retry, all, limit = usualLimit, json }) => {
      if (retry !== undefined && all) throw usage('--retry and --all exclude each other; give one of them.');
      return onBoard(program, async (desk) => {
        const { kernel, board, paint } = desk;
        if (retry !== undefined || all) {
          const again = granted(await kernel.retryDeliveries(board, { ids: retry }));
          if (json) sayJson({ retried: again });
          else say(again === 1 ? '1 message is sent again.' : `${again} messages are sent again.`);
          return;
        }
        const task_id = id === undefined ? undefined : asTaskId(id);
        if (task_id !== undefined) granted(await kernel.show(board, { task_id, events: 0 }));
        const page = { task_id, limit };
        const found = failed ? await failures(desk, page) : granted(await kernel.deliveries(board, page));
        if (json) return sayJson(found);
        say(found.length === 0 ? '(no messages)' : deliveryTable(found, asMillis(Date.now()), paint));
      });
    });
}

/** Those that were given up, then those that have failed and are tried again. */
async function failures(
  { kernel, board }: Desk,
  page: Parameters<Desk['kernel']['deliveries']>[1],
): Promise<readonly Delivery[]> {
  const dead = granted(await kernel.deliveries(board, { ...page, state: 'dead' }));
  const pending = granted(await kernel.deliveries(board, { ...page, state: 'pending' }));
  return [...dead, ...pending.filter(({ attempts }) => attempts > 0)];
}
