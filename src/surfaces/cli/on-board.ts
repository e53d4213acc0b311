import { homedir } from 'node:os';
import type { ByRun } from '../../domain/command.ts';
import { readEnv, withoutPins } from '../../domain/env.ts';
import { asRunId, type BoardId, type TaskId } from '../../domain/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import {
  activeBoard,
  type BoardPaths,
  boardExists,
  boardPaths,
  type Home,
  liveBoards,
  openHome,
} from '../../services/home.ts';
import { hashOf } from '../../services/secret.ts';
import { openHomeKernel } from '../home-kernel.ts';
import { readingKernel } from '../reading-kernel.ts';
import type { Paint } from '../render.ts';
import { signedKernel } from '../signed-kernel.ts';
import { soundSettings } from '../sound-settings.ts';
import { Failure } from './failure.ts';
import { localFiles } from './local-files.ts';
import { terminalPaint } from './output.ts';
import type { Program } from './verb.ts';

/** What a verb works with: one board, its kernel, and who is asking. */
export interface Desk {
  readonly home: Home;
  readonly board: BoardId;
  readonly paths: BoardPaths;
  readonly kernel: Kernel;
  /** Whose name stands under what is written (contract §8.1). */
  readonly author: string;
  readonly paint: Paint;
}

/** What a verb about boards themselves works with. */
export type HomeDesk = Pick<Desk, 'home' | 'kernel' | 'paint'>;

/** Opens the board that the command line means, does `work`, and closes it. Opening creates nothing. */
export async function onBoard(program: Program, work: (desk: Desk) => Promise<void>): Promise<void> {
  const home = openHome(process.env, process.env['HOME'] || homedir());
  const settings = await soundSettings(home);
  const board = await chosenBoard(home, program.opts().board);
  const author = readEnv(home.env, 'ANDON_PROFILE_NAME') ?? readEnv(home.env, 'ANDON_PROFILE') ?? 'user';
  await withKernel(home, settings, (kernel) =>
    work({
      home,
      board,
      paths: boardPaths(home, board),
      kernel: signedKernel(kernel, author),
      author,
      paint: terminalPaint(home.env),
    }),
  );
}

/**
 * For verbs about boards themselves: no board is chosen, and each has its own file, whatever database the environment pins
 * for the work of one.
 */
export async function onHome(work: (desk: HomeDesk) => Promise<void>): Promise<void> {
  const opened = openHome(process.env, process.env['HOME'] || homedir());
  const settings = await soundSettings(opened);
  const home = { ...opened, env: withoutPins(opened.env) };
  await withKernel(home, settings, (kernel) => work({ home, kernel, paint: terminalPaint(home.env) }));
}

async function withKernel(
  home: Home,
  settings: { readonly store: string | undefined },
  work: (kernel: Kernel) => Promise<void>,
): Promise<void> {
  const kernel = await openHomeKernel(home, settings);
  const isInRun = readEnv(home.env, 'ANDON_AGENT_RUN') !== undefined;
  try {
    await work(isInRun ? readingKernel(kernel) : kernel);
  } finally {
    await kernel.close();
  }
}

async function chosenBoard(home: Home, explicit: BoardId | undefined): Promise<BoardId> {
  if (explicit !== undefined && !(await boardExists(home, localFiles, explicit))) {
    const boards = await liveBoards(home, localFiles);
    throw new Failure(`No board ${explicit} in ${home.root}; the boards are ${boards.join(', ')}.`);
  }
  return explicit ?? activeBoard(home, localFiles);
}

/**
 * The run that a worker holds on its own task, with its proof, so that a superseded one is refused; nothing for anybody else
 * (contract §8.1).
 */
export function runOf({ home }: Pick<Desk, 'home'>, task: TaskId): ByRun {
  const text = readEnv(home.env, 'ANDON_RUN_ID') ?? '';
  if (readEnv(home.env, 'ANDON_TASK') !== task || !/^\d+$/.test(text)) return {};
  const token = readEnv(home.env, 'ANDON_RUN_TOKEN');
  return { run_id: asRunId(Number(text)), proof: token && hashOf(token) };
}
