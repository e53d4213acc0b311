import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import packageFile from '../../../package.json' with { type: 'json' };
import { readEnv } from '../../domain/env.ts';
import { asTaskId, type BoardId, parseAssignee } from '../../domain/ids.ts';
import { parsePlace } from '../../domain/place.ts';
import {
  activeBoard,
  boardExists,
  boardPaths,
  type Home,
  openHome,
  withBoardWorkdir,
} from '../../services/home.ts';
import { loadProfile } from '../../services/profiles.ts';
import { hashOf } from '../../services/secret.ts';
import { localFiles } from '../cli/local-files.ts';
import { read, record, runId } from '../contract.ts';
import { openHomeKernel } from '../home-kernel.ts';
import { signedKernel } from '../signed-kernel.ts';
import { soundSettings } from '../sound-settings.ts';
import { type Caller, signature } from './caller.ts';
import { mcpServer } from './server.ts';
import type { Desk } from './tool.ts';

/**
 * Serves the tools over standard input and output until the input ends, the output breaks or the process is told to stop.
 * They are about `board`, or about the active one when none is named. Throws, with one sentence, when the environment or the
 * home makes no sense.
 */
export async function serveMcp(board?: BoardId): Promise<void> {
  const home = openHome(process.env, process.env['HOME'] || homedir());
  const settings = await soundSettings(home);
  const caller = await callerOf(home, board);
  const kernel = await openHomeKernel(home, settings);
  const desk: Desk = {
    kernel: signedKernel(kernel, signature(caller)),
    caller,
    onListed: signOf(home),
    boardExists: (wanted) => boardExists(home, localFiles, wanted),
    attachmentsOf: (wanted) => boardPaths(home, wanted).attachments,
    allowsPrivateUrls: async () => {
      const { settingsOf } = await import('../cli/configuration.ts');
      return (await settingsOf(home)).attach_private_urls;
    },
    withBoardWorkdir: (wanted, input) => withBoardWorkdir(home, localFiles, wanted, input),
  };
  const calls = new Set<Promise<unknown>>();
  const ended = conversationEnds();
  const connection = serveStdio(() => mcpServer(desk, packageFile.version, calls), {
    onerror: (error) => process.stderr.write(`andon mcp: ${error.message}\n`),
  });
  await ended;
  await connection.close();
  // A client that left while its answer was waiting for a lock still meant what it asked.
  await Promise.allSettled(calls);
  await kernel.close();
}

/** Tells the runner of an agent's run, by a file, that the agent has found the tools. */
function signOf(home: Home): (() => void) | undefined {
  const sign = readEnv(home.env, 'ANDON_BOARD_SIGN');
  return sign === undefined ? undefined : () => void writeFile(sign, '').catch(() => {});
}

/** Who calls, from the environment that the server was started in (contract §9.3). */
async function callerOf(home: Home, board: BoardId | undefined): Promise<Caller> {
  if (board !== undefined && !(await boardExists(home, localFiles, board))) {
    throw new Error(`No board ${board} in ${home.root}.`);
  }
  const env = (name: Parameters<typeof readEnv>[1]) => readEnv(home.env, name);
  const task = env('ANDON_TASK');
  const token = env('ANDON_RUN_TOKEN');
  const place = parsePlace(env('ANDON_CHAT_PLACE') ?? '');
  const profile = parseAssignee(env('ANDON_PROFILE') ?? '') ?? undefined;
  return {
    task: task === undefined ? undefined : asTaskId(task),
    run: task === undefined ? undefined : fence(env('ANDON_RUN_ID')),
    proof: token && hashOf(token),
    claimLock: env('ANDON_CLAIM_LOCK'),
    profile,
    tenant: env('ANDON_TENANT'),
    session: env('ANDON_SESSION_ID') ?? env('ANDON_CHAT_PLACE'),
    chat: place && { ...place, notifier_profile: env('ANDON_CHAT_PROFILE') },
    board: board ?? (await activeBoard(home, localFiles)),
    toolsets: task === undefined && profile !== undefined ? await toolsetsOf(home, profile) : [],
  };
}

/** A run id that cannot be read must not become a worker without a fence. */
function fence(ANDON_RUN_ID: string | undefined): Caller['run'] {
  const given = read(record({ ANDON_RUN_ID: runId.optional() }), { ANDON_RUN_ID });
  if (!given.ok) throw new Error(given.refusal.sentence);
  return given.value.ANDON_RUN_ID;
}

async function toolsetsOf(home: Home, profile: string): Promise<readonly string[]> {
  const loaded = await loadProfile(home, localFiles, profile);
  if (loaded.ok) return loaded.profile.toolsets;
  if (loaded.reason === 'broken') throw new Error(loaded.message);
  return [];
}

/** Resolves when nobody can be talked to any more. */
const conversationEnds = (): Promise<void> =>
  new Promise((resolve) => {
    const end = () => resolve();
    process.stdin.once('end', end).once('close', end).once('error', end);
    process.stdout.once('error', end);
    process.once('SIGTERM', end).once('SIGINT', end);
  });
