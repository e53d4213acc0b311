import { asTaskId, type BoardId, type TaskId } from '../../../domain/ids.ts';
import type { Task } from '../../../domain/task.ts';
import { liveBoards } from '../../../services/home.ts';
import { granted, usage } from '../failure.ts';
import { deadWorkerHere, freed } from '../freed.ts';
import { localFiles } from '../local-files.ts';
import { type Desk, onBoard } from '../on-board.ts';
import { say, sayJson, warn } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('stop')
    .description('end the work on tasks now, and keep them from starting again until they are unblocked')
    .argument('[ids...]', 'the tasks')
    .option('--all', 'everything that runs, on every board; the boards are paused first')
    .option('--reason <text>', 'why')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
A worker and all that it has started are ended: politely, and after five seconds by force.

Examples:
  andon stop t_1a2b3c4d --reason "wrong branch"
  andon unblock t_1a2b3c4d                          let it go on
  andon stop --all                                  then \`andon resume --all-boards\``,
    )
    .action((ids, { all, reason, json }) => {
      if (ids.length > 0 === (all === true)) throw usage('Name tasks, or give --all.');
      return onBoard(program, async (desk) => {
        const wanted = all
          ? await everythingThatRuns(desk, reason)
          : ids.map((id): Wanted => ({ board: desk.board, task_id: asTaskId(id) }));
        // All are asked before any is waited for: their workers end at the same time.
        const asked = await Promise.all(
          wanted.map(async (one) => ({ one, stopped: await stop(desk, one, reason).catch(asSentence) })),
        );
        for (const { one, stopped } of asked) {
          if (typeof stopped === 'string') {
            warn(`andon: ${stopped}`);
            process.exitCode = 1;
          } else if (!json) say(`Stopped ${one.task_id}  (${stopped.status})`);
        }
        if (json) sayJson(asked.map(({ one, stopped }) => answer(one, stopped)));
        else if (asked.length === 0) say('(nothing runs)');
      });
    });
}

interface Wanted {
  readonly board: BoardId;
  readonly task_id: TaskId;
}

const asSentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const answer = ({ board, task_id }: Wanted, stopped: Task | string) =>
  typeof stopped === 'string'
    ? { ok: false, board, task_id, error: stopped }
    : { ok: true, board, task_id, status: stopped.status };

/** Nothing takes the place of what is ended: the boards are paused before anything is looked for. */
async function everythingThatRuns({ kernel, home, author }: Desk, reason?: string): Promise<Wanted[]> {
  const boards = await liveBoards(home, localFiles);
  const pause = { scope: 'board', name: '', by: author, reason: reason ?? 'Everything was stopped' } as const;
  for (const board of boards) granted(await kernel.pause(board, pause));
  const running: Wanted[] = [];
  for (const board of boards) {
    const tasks = granted(await kernel.list(board, { status: 'running' }));
    running.push(...tasks.map(({ id }) => ({ board, task_id: id })));
  }
  return running;
}

async function stop({ kernel, author }: Desk, { board, task_id }: Wanted, reason?: string): Promise<Task> {
  const dead_worker = await deadWorkerHere({ kernel, board }, task_id);
  const input = { task_id, by: author, reason, dead_worker };
  return freed({ kernel, board }, await kernel.stop(board, input));
}
