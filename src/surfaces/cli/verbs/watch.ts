import { asEventId, type EventId, parseAssignee } from '../../../domain/ids.ts';
import { feedText } from '../../render.ts';
import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { commaList } from '../options.ts';
import { say } from '../output.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import type { Program } from '../verb.ts';

/** How many events one question brings (contract §8.2). */
const batch = 200;

export function register(program: Program): void {
  program
    .command('watch')
    .description('follow what happens on the board, from now on; Ctrl-C ends it')
    .option('--assignee <profile>', 'only tasks of this profile')
    .option('--tenant <name>', 'only tasks of this tenant')
    .option('--kinds <kinds>', 'only these kinds of event, such as completed,blocked', commaList)
    .option('--json', 'print one JSON object per line')
    .action(({ assignee, tenant, kinds, json }) =>
      onBoard(program, async ({ kernel, board, paint }) => {
        const filter = {
          assignee: (assignee !== undefined && parseAssignee(assignee)) || undefined,
          tenant,
          kinds: kinds?.length === 0 ? undefined : kinds,
        };
        const newest = async () => granted(await kernel.lastEvent(board, {}));
        let seen = await newest();
        const printNew = async () => {
          for (let full = true; full; ) {
            // Asked before the events are, so that what the filter leaves out is not looked at again.
            const upTo = await newest();
            const events = granted(await kernel.feed(board, { ...filter, after: seen, limit: batch }));
            for (const event of events) say(json ? JSON.stringify(event) : feedText(event, paint));
            full = events.length === batch;
            const last = events.at(-1)?.id ?? seen;
            seen = full ? last : later(last, upTo);
          }
        };
        await untilInterrupted((wake) => kernel.follow(board, wake), printNew);
      }),
    );
}

const later = (one: EventId, other: EventId): EventId => asEventId(Math.max(one, other));
