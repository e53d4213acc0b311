import { asMillis, asTaskId } from '../../../domain/ids.ts';
import { byUrgency } from '../../../domain/inbox.ts';
import { liveBoards } from '../../../services/home.ts';
import { peopleFacts } from '../../../services/people.ts';
import { type BoardItem, inboxText } from '../../render-people.ts';
import { granted, usage } from '../failure.ts';
import { localFiles } from '../local-files.ts';
import { onBoard } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('inbox')
    .description('everything that waits for a person: first what most waits for, then the oldest')
    .option('--all-boards', 'of every board of this home')
    .option('--json', 'print JSON')
    .action(({ allBoards, json }) => {
      if (allBoards && program.opts().board !== undefined) {
        throw usage('--all-boards and --board exclude each other; give one of them.');
      }
      return onBoard(program, async ({ kernel, home, board, paint }) => {
        const { rosterOf, settingsOf } = await import('../configuration.ts');
        const { startable } = await rosterOf(home);
        const facts = peopleFacts(await settingsOf(home), startable.keys());
        const boards = allBoards ? await liveBoards(home, localFiles) : [board];
        const items: BoardItem[] = [];
        for (const each of boards) {
          const found = granted(await kernel.inbox(each, facts));
          items.push(...found.map((item) => ({ board: each, ...item })));
        }
        items.sort(byUrgency);
        if (json) return sayJson(items);
        const several = boards.length > 1;
        say(
          items.length === 0
            ? '(nothing waits for you)'
            : inboxText(items, asMillis(Date.now()), paint, several),
        );
      });
    });

  program
    .command('acknowledge')
    .alias('ack')
    .description('say that you are on what tasks wait for: nobody is reminded of it any more')
    .argument('<ids...>', 'the tasks')
    .option('--json', 'print JSON')
    .action((ids, { json }) =>
      onBoard(program, async ({ kernel, board, author }) => {
        for (const id of ids) {
          granted(await kernel.acknowledge(board, { task_id: asTaskId(id), by: author }));
          if (!json) say(`${author} is on ${id}`);
        }
        if (json) sayJson(ids.map((task_id) => ({ task_id, acknowledged_by: author })));
      }),
    );
}
