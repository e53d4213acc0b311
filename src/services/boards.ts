import { basename, join } from 'node:path';
import {
  type Board,
  type BoardChanges,
  boardFileText,
  changedBoardFile,
  parseBoardFile,
} from '../domain/board.ts';
import { ok, type Result, refuse } from '../domain/errors.ts';
import { type BoardId, defaultBoard, parseBoardId, type TaskId, toSeconds } from '../domain/ids.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { boardExists, boardFolder, boardsFolder, type Home, readBoard } from './home.ts';
import type { World } from './world.ts';

/**
 * Making, changing and removing boards (contract §1.4). A board is a folder: everything here is a few files, and the tables
 * inside it are the kernel's. `default` always exists and cannot be removed.
 */
export interface Boards {
  /** Makes a board, or changes the one that is there; gives whether it is new. Repeating it is fine. */
  create(
    board: BoardId,
    changes: BoardChanges,
  ): Promise<{ readonly board: Board; readonly created: boolean }>;
  /** Changes what is given of a board that exists. */
  change(board: BoardId, changes: BoardChanges): Promise<Result<Board>>;
  /** Makes it the active one of everybody who says nothing else (contract §1.5). */
  switchTo(board: BoardId): Promise<Result<null>>;
  /** Takes a board out of service: set aside under `_archived`, or deleted for good. Refused while work runs on it. */
  remove(board: BoardId, how: 'archive' | 'delete'): Promise<Result<Removed>>;
}

/** `new_path` is empty when it was deleted. */
export interface Removed {
  readonly slug: BoardId;
  readonly action: 'archived' | 'deleted';
  readonly new_path: string;
}

/** Files of a board are shared with other programs of its owner's group, as the folder's own mode allows. */
const readable = 0o644;

export function openBoards(
  world: Pick<World, 'files' | 'now' | 'random'>,
  home: Home,
  kernel: Kernel,
): Boards {
  const { files } = world;
  const all = boardsFolder(home);
  const pointer = join(home.root, 'kanban', 'current');

  const write = async (board: BoardId, changes: BoardChanges): Promise<Board> => {
    const folder = boardFolder(home, board);
    const before = parseBoardFile(await files.read(join(folder, 'board.json')));
    const after = changedBoardFile(board, before, changes, toSeconds(world.now()));
    // A new board appears whole: a gateway looks at a folder as soon as it is there.
    const draft = (await files.isFolder(folder)) ? folder : join(all, `_new-${board}-${world.random(4)}`);
    await files.makeFolder(draft);
    await files.write(join(draft, 'board.json'), boardFileText(after), readable);
    if (draft === folder) return readBoard(home, files, board);
    try {
      await files.rename(draft, folder);
    } catch (error) {
      await files.removeFolder(draft);
      // Somebody made it at the same moment: theirs is changed as any that was there.
      if (await files.isFolder(folder)) return write(board, changes);
      throw error;
    }
    return readBoard(home, files, board);
  };

  const known = async (board: BoardId): Promise<Result<null>> =>
    (await boardExists(home, files, board))
      ? ok(null)
      : refuse(
          'unknown_board',
          `No board ${board} in ${home.root}; \`andon boards create ${board}\` makes it.`,
        );

  const remove = async (board: BoardId, how: 'archive' | 'delete'): Promise<Result<Removed>> => {
    if (board === defaultBoard) {
      return refuse(
        'invalid_input',
        'The board default cannot be removed: it is where everything falls back to.',
      );
    }
    const there = await known(board);
    if (!there.ok) return there;
    const folder = boardFolder(home, board);
    const real = join((await files.realPath(all)) ?? all, board);
    if (how === 'delete' && (await files.realPath(folder)) !== real) {
      return refuse(
        'invalid_input',
        `${folder} is a link, and only a folder is deleted; remove the link itself.`,
      );
    }
    const busy = await atWork(kernel, board);
    if (busy.length > 0) {
      return refuse(
        'already_running',
        `Work runs on the board ${board} (${busy.join(', ')}); try again when it has ended.`,
        busy,
      );
    }
    const archive = join(all, '_archived');
    await files.makeFolder(archive);
    const path = await freeName(files, join(archive, `${board}-${toSeconds(world.now())}`));
    // Tables first, then the folder: after a crash in between the board is still there and empty, its tasks are kept under
    // the archive's name (or deleted, as was asked), and the same command ends what it began. The other way round nobody
    // could name the tables any more, until a new board of that name found them. In SQLite the tables go with the folder,
    // and must be closed before: closed later, they would look for their side files where they no longer are.
    await kernel.retire(board, how === 'archive' ? basename(path) : null);
    await files.rename(folder, path);
    if (parseBoardId((await files.read(pointer)) ?? '') === board) await files.remove(pointer);
    if (how === 'archive') return ok({ slug: board, action: 'archived', new_path: path });
    // Renamed first: nobody may find half a board, not even after a crash in the midst of it.
    await files.removeFolder(path);
    return ok({ slug: board, action: 'deleted', new_path: '' });
  };

  return {
    create: async (board, changes) => {
      const created = !(await boardExists(home, files, board));
      const made = await write(board, changes);
      const init = await kernel.init(board, {});
      if (!init.ok) throw new Error(init.refusal.sentence);
      return { board: made, created };
    },
    change: async (board, changes) => {
      const there = await known(board);
      return there.ok ? ok(await write(board, changes)) : there;
    },
    switchTo: async (board) => {
      const there = await known(board);
      if (!there.ok) return there;
      await files.makeFolder(join(home.root, 'kanban'));
      await files.write(pointer, `${board}\n`, readable);
      return ok(null);
    },
    remove,
  };
}

/** The tasks of a board that run, or whose process is not proved dead: their worker stands in this very folder (pains 2). */
async function atWork(kernel: Kernel, board: BoardId): Promise<TaskId[]> {
  const running = await kernel.list(board, { status: 'running' });
  const view = await kernel.dispatchView(board, { assignees: [], unassigned: false, limit: 1 });
  if (!running.ok || !view.ok) throw new Error(`The board ${board} could not be looked at.`);
  const ids = [...running.value.map(({ id }) => id), ...view.value.processes.map(({ task_id }) => task_id)];
  return [...new Set(ids)];
}

/** The first of `path`, `path-1`, `path-2` … at which there is nothing. */
async function freeName(files: World['files'], path: string): Promise<string> {
  for (let number = 0; ; number += 1) {
    const name = number === 0 ? path : `${path}-${number}`;
    if ((await files.realPath(name)) === undefined) return name;
  }
}
