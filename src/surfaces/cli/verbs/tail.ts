import { Option } from '@commander-js/extra-typings';
import { asEventId, asTaskId } from '../../../domain/ids.ts';
import { eventText } from '../../render.ts';
import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { say } from '../output.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import type { Program } from '../verb.ts';

/** How many events one question brings. */
const batch = 200;

export function register(program: Program): void {
  program
    .command('tail')
    .description('follow what happens to a task, from its beginning; Ctrl-C ends it')
    .argument('<id>', 'the task')
    // Scripts written for a system that polled give it; events come at once here.
    .addOption(new Option('--interval <seconds>').hideHelp())
    .option('--json', 'print one JSON object per line')
    .action((id, { json }) =>
      onBoard(program, async ({ kernel, board, paint }) => {
        const { task } = granted(await kernel.show(board, { task_id: asTaskId(id), events: 0 }));
        let seen = asEventId(0);
        const printNew = async () => {
          for (let full = true; full; ) {
            const events = granted(await kernel.feed(board, { task_id: task.id, after: seen, limit: batch }));
            for (const event of events) say(json ? JSON.stringify(event) : eventText(event, paint));
            seen = events.at(-1)?.id ?? seen;
            full = events.length === batch;
          }
        };
        await untilInterrupted((wake) => kernel.follow(board, wake), printNew);
      }),
    );
}
