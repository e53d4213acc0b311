import { createMcpHandler } from '@modelcontextprotocol/server';
import { asRunId, parseBoardId } from '../../domain/ids.ts';
import { mayDo, maySee } from '../../domain/token.ts';
import { activeBoard, boardExists, boardPaths, withBoardWorkdir } from '../../services/home.ts';
import { type Caller, signature } from '../mcp/caller.ts';
import { mcpServer } from '../mcp/server.ts';
import type { Desk as ToolDesk } from '../mcp/tool.ts';
import { signedKernel } from '../signed-kernel.ts';
import { mostJson } from './body.ts';
import type { Desk } from './call.ts';
import type { Identity, RunIdentity } from './identity.ts';

/** MCP over HTTP: the same tools as over standard input, for whoever the token names. */

/** Who calls the tools: a person or program by its token, or a worker by the secret of its run. */
export type ToolCaller =
  | { readonly kind: 'token'; readonly identity: Identity }
  | { readonly kind: 'run'; readonly run: RunIdentity };

/** The form of a run's credential: `andon_run:BOARD:RUN:SECRET`, from `ANDON_BOARD`, `ANDON_RUN_ID`, `ANDON_RUN_TOKEN`. */
export function parseRunCredential(text: string) {
  const [, slug = '', digits = '', secret = ''] = /^andon_run:([^:]+):(\d{1,15}):(\S+)$/.exec(text) ?? [];
  const board = parseBoardId(slug);
  return board === undefined ? undefined : { board, run_id: asRunId(Number(digits)), secret };
}

/** The tools that look and change nothing. */
const reading: ReadonlySet<string> = new Set(['kanban_show', 'kanban_list', 'kanban_attachments']);

async function toolDesk(desk: Desk, who: ToolCaller): Promise<ToolDesk> {
  const { home, world } = desk;
  const active = await activeBoard(home, world.files);
  const caller = who.kind === 'run' ? callerOfRun(who.run) : callerOfToken(who.identity, active);
  const sees = (board: Parameters<typeof maySee>[1]): boolean =>
    who.kind === 'run' ? true : maySee(who.identity, board);
  return {
    kernel: signedKernel(desk.kernel, signature(caller)),
    caller,
    offers: (name) => who.kind === 'run' || mayDo(who.identity, 'operator') || reading.has(name),
    boardExists: async (board) => sees(board) && boardExists(home, world.files, board),
    attachmentsOf: (board) => boardPaths(home, board).attachments,
    allowsPrivateUrls: async () => desk.settings.attach_private_urls,
    withBoardWorkdir: (board, input) => withBoardWorkdir(home, world.files, board, input),
  };
}

const nobodysRun = {
  task: undefined,
  run: undefined,
  proof: undefined,
  claimLock: undefined,
  tenant: undefined,
  session: undefined,
};

const callerOfToken = ({ name, boards }: Identity, active: Caller['board']): Caller => ({
  ...nobodysRun,
  profile: undefined,
  name,
  board: boards === null || boards.includes(active) ? active : (boards[0] ?? active),
  toolsets: [],
});

const callerOfRun = ({ board, task_id, run_id, proof, profile, tenant, ...task }: RunIdentity): Caller => ({
  ...nobodysRun,
  session: task.session_id ?? undefined,
  task: task_id,
  run: run_id,
  proof,
  board,
  profile: profile ?? undefined,
  tenant: tenant ?? undefined,
  toolsets: [],
});

/** One request of an MCP client; each stands for itself, so that a client finds another gateway as well. */
export async function serveMcp(desk: Desk, who: ToolCaller, request: Request): Promise<Response> {
  const tools = await toolDesk(desk, who);
  const calls = new Set<Promise<unknown>>();
  const handler = createMcpHandler(() => mcpServer(tools, desk.version, calls), {
    maxRequestBodySize: mostJson,
    // The list of tools never changes, so there is nothing to be told of.
    maxSubscriptions: 0,
    onerror: (error) => desk.world.log.debug('An MCP request was refused.', { error: error.message }),
  });
  return handler.fetch(request);
}
