import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { type ClientContext, client, type NewSessionRequest, ndJsonStream } from '@agentclientprotocol/sdk';
import {
  permissionOutcome,
  readEnd,
  readError,
  readPermission,
  readUpdate,
} from '../../../src/services/agents/acp.ts';
import type { AcpAgent } from '../../../src/services/agents/acp-agents.ts';
import { boardName, type Order } from '../../../src/services/agents/driver.ts';
import type { AgentEvent } from '../../../src/services/agents/events.ts';
import { killAll } from './agent-process.ts';
import type { Claimed } from './board.ts';
import { agentEnv, prepare, programOf } from './turn.ts';

/** One turn of an agent over the Agent Client Protocol. */
export interface AcpTurn {
  readonly events: readonly AgentEvent[];
  /** Updates of a kind that we do not know, as JSON. */
  readonly unknown: readonly string[];
  readonly errors: () => string;
  /** Asks it to stop its turn; the process lives on. */
  cancel(): void;
  /** Resolves when the turn is over and every process of the run is gone. */
  readonly ended: Promise<void>;
}

export interface AcpOptions {
  /** The answer to each request for permission; yes unless given. */
  readonly allow?: (event: AgentEvent) => boolean;
  /** Milliseconds until all is killed. */
  readonly limit?: number;
}

/** Starts an agent, opens or takes up a session, and gives it one prompt. */
export async function startAcp(
  agent: AcpAgent,
  claimed: Claimed,
  order: Order,
  { allow = () => true, limit = 60_000 }: AcpOptions = {},
): Promise<AcpTurn> {
  const launch = agent.launch(order);
  await prepare(launch.files);
  const child = spawn(programOf(agent.program), launch.args, {
    cwd: order.cwd,
    env: agentEnv(claimed, launch.env),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${agent.program} cannot be started.`);
  const gone = once(child, 'exit');
  const timer = setTimeout(() => void killAll(pid, claimed.mark), limit);
  const side = new Side(agent, order, allow);
  const ended = side
    .converse(child.stdin, child.stdout)
    .catch((error: unknown) => {
      side.events.push(...readError(error, Date.now()));
    })
    .then(async () => {
      clearTimeout(timer);
      child.stdin.end();
      await killAll(pid, claimed.mark);
      await gone;
    });
  return {
    events: side.events,
    unknown: side.unknown,
    errors: errorsOf(child),
    cancel: () => side.cancel(),
    ended,
  };
}

function errorsOf({ stderr }: ChildProcess): () => string {
  let errors = '';
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-100_000);
  });
  return () => errors;
}

/** Our side of one turn. */
class Side {
  readonly events: AgentEvent[] = [];
  readonly unknown: string[] = [];
  cancel = (): void => {};
  private listening = false;
  private readonly agent: AcpAgent;
  private readonly order: Order;
  private readonly allow: (event: AgentEvent) => boolean;

  constructor(agent: AcpAgent, order: Order, allow: (event: AgentEvent) => boolean) {
    this.agent = agent;
    this.order = order;
    this.allow = allow;
  }

  async converse(input: Writable, output: Readable): Promise<void> {
    await client({ name: 'andon' })
      .onNotification('session/update', ({ params }) => this.take(params.update))
      .onRequest('session/request_permission', ({ params }) => {
        const { event, options } = readPermission(params);
        this.events.push(event);
        return { outcome: permissionOutcome(options, this.allow(event)) };
      })
      .connectWith(ndJsonStream(Writable.toWeb(input), Readable.toWeb(output)), (side) => this.turn(side));
  }

  private async turn(side: ClientContext): Promise<void> {
    await side.request('initialize', {
      protocolVersion: 1,
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false } },
      clientInfo: { name: 'andon', version: '0.1.0' },
    });
    const sessionId = await this.session(side);
    this.events.push({ type: 'session', id: sessionId });
    const modeId = this.agent.mode?.[this.order.may];
    if (modeId !== undefined) await side.request('session/set_mode', { sessionId, modeId });
    this.listening = true;
    this.cancel = () => void side.notify('session/cancel', { sessionId });
    const prompt = [{ type: 'text' as const, text: this.order.prompt }];
    const answer = await side.request('session/prompt', { sessionId, prompt });
    this.events.push(...readEnd(answer, this.agent.tells_tokens));
  }

  private async session(side: ClientContext): Promise<string> {
    const { board, cwd, resume: sessionId } = this.order;
    const env = Object.entries(board.env).map(([name, value]) => ({ name, value }));
    const servers = [{ name: boardName, command: board.command, args: [...board.args], env }];
    const place: NewSessionRequest = { cwd, mcpServers: this.agent.board_in_session ? servers : [] };
    if (sessionId === undefined) return (await side.request('session/new', place)).sessionId;
    if (this.agent.resume === 'resume') await side.request('session/resume', { sessionId, ...place });
    else await side.request('session/load', { sessionId, ...place });
    return sessionId;
  }

  private take(update: unknown): void {
    // A session that is loaded is told again from its beginning.
    if (!this.listening) return;
    const known = readUpdate(update);
    if (known === undefined) this.unknown.push(JSON.stringify(update));
    for (const event of known ?? []) {
      this.events.push(event);
      if (event.type === 'text') this.events.push(...(this.agent.readText?.(event.text, Date.now()) ?? []));
    }
  }
}
