import { join, resolve } from 'node:path';
import { type Board, boardOf, parseBoardFile } from '../domain/board.ts';
import type { CreateTask } from '../domain/command.ts';
import { type Environment, readEnv } from '../domain/env.ts';
import { type BoardId, defaultBoard, parseBoardId } from '../domain/ids.ts';
import type { Files } from './world.ts';

export type Env = Environment;
/** What a look at a home needs of the files. */
export type FileReader = Pick<Files, 'read' | 'names'>;

/** Where everything is, and the environment of the process that asks (contract §1). */
export interface Home {
  readonly root: string;
  /** The person's own home folder, which `~` means. */
  readonly userHome: string;
  readonly env: Env;
}

/** `ANDON_HOME`, or `~/.andon`. Looks at nothing on disk. */
export function openHome(env: Env, userHome: string): Home {
  const root = readEnv(env, 'ANDON_HOME') ?? '~/.andon';
  return { root: resolve(expandTilde(root, userHome)), userHome, env };
}

/** `~` and `~/…` as paths of the person's home folder; everything else as it is. */
export const expandTilde = (path: string, userHome: string): string =>
  path === '~' || path.startsWith('~/') ? join(userHome, path.slice(1)) : path;

export interface BoardPaths {
  readonly db: string;
  /** One byte of it is written after each commit, and by a launcher whose worker has ended (design §2). */
  readonly bell: string;
  readonly workspaces: string;
  readonly logs: string;
  /** One folder per run: identity, exit, brief. */
  readonly runs: string;
  readonly attachments: string;
  /** Where agents keep what they remember of a task: `<task>/<profile>-<lane>`. */
  readonly sessions: string;
  /** Scratch folders of tasks that are gone, for a while (`trash.ts`). */
  readonly trash: string;
}

/**
 * The paths of a board (contract §1.2). Pins in the environment win over the layout; the pin of the database holds for
 * whatever board is asked for.
 */
export function boardPaths(home: Home, board: BoardId): BoardPaths {
  const kanban = join(home.root, 'kanban');
  const folder = board === defaultBoard ? kanban : join(kanban, 'boards', board);
  const db = board === defaultBoard ? join(home.root, 'kanban.db') : join(folder, 'kanban.db');
  const file = pin(home, 'ANDON_DB') ?? db;
  return {
    db: file,
    bell: `${file}.bell`,
    workspaces: pin(home, 'ANDON_WORKSPACES_ROOT') ?? join(folder, 'workspaces'),
    logs: join(folder, 'logs'),
    runs: join(folder, 'runs'),
    attachments: pin(home, 'ANDON_ATTACHMENTS_ROOT') ?? join(folder, 'attachments'),
    sessions: join(folder, 'sessions'),
    trash: join(folder, 'trash'),
  };
}

function pin(home: Home, name: 'ANDON_DB' | 'ANDON_WORKSPACES_ROOT' | 'ANDON_ATTACHMENTS_ROOT') {
  const path = readEnv(home.env, name);
  return path === undefined ? undefined : resolve(expandTilde(path, home.userHome));
}

/** The store of what spans boards (design §2). */
export const homeDb = (home: Home): string => join(home.root, 'kanban', 'andon.db');

/** Where the turns of loops run their commands, and what those printed. */
export const loopsFolder = (home: Home): string => join(home.root, 'loops');
export const loopLog = (home: Home, id: string): string => join(loopsFolder(home), `${id}.log`);

/** The PostgreSQL database that holds the boards of a home, or `undefined` when they are files. */
export const storeAddress = (
  home: Home,
  settings: { readonly store: string | undefined },
): string | undefined => readEnv(home.env, 'ANDON_STORE') ?? settings.store;

/** Whether there is such a board (contract §1.4); one whose database was lost is still one. */
export async function boardExists(home: Home, files: FileReader, board: BoardId): Promise<boolean> {
  if (board === defaultBoard) return true;
  const names = await files.names(boardFolder(home, board));
  return ['board.json', 'kanban.db', 'kanban.db.made'].some((name) => names.includes(name));
}

/**
 * The board a command means: `explicit`, the environment, the pointer file, `default`; a name that is malformed or of no
 * board is passed over (contract §1.5).
 */
export async function activeBoard(home: Home, files: FileReader, explicit?: string): Promise<BoardId> {
  const layers = [
    () => explicit,
    () => readEnv(home.env, 'ANDON_BOARD'),
    () => files.read(join(home.root, 'kanban', 'current')),
  ];
  for (const layer of layers) {
    const board = parseBoardId((await layer()) ?? '');
    if (board && (await boardExists(home, files, board))) return board;
  }
  return defaultBoard;
}

/** Where the folders of all boards are. */
export const boardsFolder = (home: Home): string => join(home.root, 'kanban', 'boards');

/** Where a board's own folder is; `default` has one for its `board.json` alone (contract §1.2). */
export const boardFolder = (home: Home, board: BoardId): string => join(boardsFolder(home), board);

/** Every board there is: `default`, then the others by name (contract §1.4). */
export async function everyBoard(home: Home, files: FileReader): Promise<readonly BoardId[]> {
  const boards: BoardId[] = [defaultBoard];
  for (const name of await files.names(boardsFolder(home))) {
    const board = parseBoardId(name);
    if (board !== name || board === defaultBoard) continue;
    if (await boardExists(home, files, board)) boards.push(board);
  }
  return boards;
}

/**
 * The boards to serve: those that are not archived. A pinned database is one board under whatever name, so only the active
 * one is given then.
 */
export async function liveBoards(home: Home, files: FileReader): Promise<readonly BoardId[]> {
  if (readEnv(home.env, 'ANDON_DB') !== undefined) return [await activeBoard(home, files)];
  const live: BoardId[] = [];
  for (const board of await everyBoard(home, files)) {
    if (board === defaultBoard || !(await readBoard(home, files, board)).archived) live.push(board);
  }
  return live;
}

/** What a board's `board.json` says, or the defaults. */
export const readBoard = async (home: Home, files: FileReader, board: BoardId): Promise<Board> =>
  boardOf(board, parseBoardFile(await files.read(join(boardFolder(home, board), 'board.json'))));

/** A new task of kind `dir` or `worktree` that names no folder works in its board's own, if it has one (contract §4.1). */
export async function withBoardWorkdir(
  home: Home,
  files: FileReader,
  board: BoardId,
  input: CreateTask,
): Promise<CreateTask> {
  const kind = input.workspace_kind ?? 'scratch';
  if (kind === 'scratch' || input.workspace_path?.trim()) return input;
  const { default_workdir } = await readBoard(home, files, board);
  return default_workdir === null ? input : { ...input, workspace_path: default_workdir };
}
