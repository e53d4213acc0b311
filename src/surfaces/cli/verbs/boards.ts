import { resolve } from 'node:path';
import type { Board } from '../../../domain/board.ts';
import type { BoardId } from '../../../domain/ids.ts';
import type { Boards } from '../../../services/boards.ts';
import { activeBoard, boardPaths, everyBoard, readBoard } from '../../../services/home.ts';
import { boardSummary } from '../../board-summary.ts';
import { type BoardSummary, boardLines, boardText } from '../../render-boards.ts';
import { granted } from '../failure.ts';
import { localFiles } from '../local-files.ts';
import { type HomeDesk, onHome } from '../on-board.ts';
import { board as slug } from '../options.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

const summary = async (desk: HomeDesk, board: Board, current: BoardId): Promise<BoardSummary> =>
  granted(await boardSummary(desk, board, current));

/** Changing boards needs more files than a look at them, and those start slowly. */
async function boardsOf({ home, kernel }: HomeDesk): Promise<Boards> {
  const [{ openBoards }, { quietWorld }] = await Promise.all([
    import('../../../services/boards.ts'),
    import('../quiet-world.ts'),
  ]);
  return openBoards(quietWorld(), home, kernel);
}

const workdir = (path: string): string => (path === '' || path.startsWith('~') ? path : resolve(path));

/** Contract §8.2, `boards`. They ignore `--board`. */
export function register(program: Program): void {
  const boards = program.command('boards').description('the boards of this home: list, make, switch, remove');

  boards
    .command('list')
    .alias('ls')
    .description('list the boards; ● is the active one')
    .option('--all', 'archived boards too')
    .option('--json', 'print JSON')
    .action(({ all, json }) =>
      onHome(async (desk) => {
        const current = await activeBoard(desk.home, localFiles);
        const found: BoardSummary[] = [];
        for (const id of await everyBoard(desk.home, localFiles)) {
          const board = await readBoard(desk.home, localFiles, id);
          if (all || !board.archived || id === current) found.push(await summary(desk, board, current));
        }
        if (json) sayJson(found);
        else say(boardLines(found, desk.paint).join('\n'));
      }),
    );

  boards
    .command('create')
    .alias('new')
    .description('make a board; safe to repeat')
    .argument('<slug>', 'its short name: a-z, 0-9, - and _', slug)
    .option('--name <text>', 'its name for people')
    .option('--description <text>', 'what it is for')
    .option('--icon <text>', 'a sign for it')
    .option('--color <text>', 'a colour for it')
    .option('--default-workdir <path>', 'where dir and worktree tasks work that name no folder', workdir)
    .option('--switch', 'make it the active board')
    .action((id, flags) =>
      onHome(async (desk) => {
        const service = await boardsOf(desk);
        const { switch: switches, defaultWorkdir, ...rest } = flags;
        const { board, created } = await service.create(id, { ...rest, default_workdir: defaultWorkdir });
        if (switches) granted(await service.switchTo(id));
        say(`Board ${board.slug} ${created ? 'created' : 'already exists'}: ${board.name}`);
        say(boardPaths(desk.home, id).db);
        if (switches) say(`${board.slug} is the active board now.`);
      }),
    );

  const removing = (verb: string, description: string) =>
    boards.command(verb).description(description).argument('<slug>', 'the board', slug);
  const remove = (id: BoardId, how: 'archive' | 'delete') =>
    onHome(async (desk) => {
      const done = granted(await (await boardsOf(desk)).remove(id, how));
      say(done.action === 'deleted' ? `Board ${id} deleted.` : `Board ${id} archived: ${done.new_path}`);
    });
  removing('rm', 'take a board out of service; refused while work runs on it')
    .alias('remove')
    .option('--delete', 'delete it for good instead of setting it aside')
    .action((id, flags) => remove(id, flags.delete ? 'delete' : 'archive'));
  removing('delete', 'delete a board for good: rm --delete').action((id) => remove(id, 'delete'));

  boards
    .command('switch')
    .alias('use')
    .description('make a board the active one')
    .argument('<slug>', 'the board', slug)
    .action((id) =>
      onHome(async (desk) => {
        granted(await (await boardsOf(desk)).switchTo(id));
        say(`${id} is the active board now.`);
      }),
    );

  boards
    .command('show')
    .alias('current')
    .description('show the active board')
    .option('--json', 'print JSON')
    .action(({ json }) =>
      onHome(async (desk) => {
        const current = await activeBoard(desk.home, localFiles);
        const shown = await summary(desk, await readBoard(desk.home, localFiles, current), current);
        if (json) sayJson(shown);
        else say(boardText(shown, desk.paint));
      }),
    );

  boards
    .command('rename')
    .description('give a board another name for people; its slug stays')
    .argument('<slug>', 'the board', slug)
    .argument('<name>', 'the name')
    .action((id, name) =>
      onHome(async (desk) => {
        const board = granted(await (await boardsOf(desk)).change(id, { name }));
        say(`Board ${id} is called ${board.name} now.`);
      }),
    );

  boards
    .command('set-default-workdir')
    .description('set where dir and worktree tasks work that name no folder; no path clears it')
    .argument('<slug>', 'the board', slug)
    .argument('[path]', 'the folder', workdir)
    .action((id, path = '') =>
      onHome(async (desk) => {
        const board = granted(await (await boardsOf(desk)).change(id, { default_workdir: path }));
        const { default_workdir: now } = board;
        say(now === null ? `Board ${id} has no default folder now.` : `Board ${id} works in ${now}.`);
      }),
    );
}
