import { type ClientContext, client, type NewSessionRequest, ndJsonStream } from '@agentclientprotocol/sdk';
import packageFile from '../../../package.json' with { type: 'json' };
import type { Dialogue, World } from '../world.ts';
import { permissionOutcome, readEnd, readError, readPermission, readUpdate } from './acp.ts';
import type { AcpAgent } from './acp-agents.ts';
import { boardName, type Order } from './driver.ts';
import type { AgentEvent } from './events.ts';
import { type Agent, prepare, type Turn, type TurnRequest } from './turn.ts';

/** An agent that speaks the Agent Client Protocol. */
export const speaksAcp = (agent: AcpAgent): Agent => ({
  name: 'acp',
  program: agent.program,
  probe: agent.probe,
  abilities: {
    resume: agent.resume !== 'none',
    chooses_session: false,
    steer: false,
    asks_permission: true,
    tells_board: false,
    tells_usage: agent.tells_tokens,
    tells_money: false,
    tells_reset: false,
  },
  cancel: { signal: 'SIGTERM', tells_usage: false },
  begin: (world, request) => begin(world, agent, request),
});

async function begin(world: World, agent: AcpAgent, request: TurnRequest): Promise<Turn> {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  let hear = (_line: string): void => {};
  const incoming = new ReadableStream<Uint8Array>({
    start: (controller) => {
      hear = (line) => controller.enqueue(encoder.encode(`${line}\n`));
    },
    // The turn is over, whatever it says after that.
    cancel: () => {
      hear = () => {};
    },
  });
  const { command, env } = await prepare(world, request, agent.launch(request.order));
  const dialogue = await world.processes.converse({
    command,
    cwd: request.order.cwd,
    env,
    onLine: (line) => hear(line),
    onErrorLine: request.onWords,
  });
  const outgoing = new WritableStream<Uint8Array>({
    write: (chunk) => dialogue.write(decoder.decode(chunk, { stream: true })),
  });
  const side = new Side(agent, request, dialogue, () => world.now());
  const talked = side.converse(outgoing, incoming);
  return {
    steer: () => false,
    answer: (id, allowed) => side.answer(id, allowed),
    cancel: () => side.cancel(),
    kill: () => dialogue.signal('SIGKILL'),
    ended: Promise.race([talked, dialogue.ended.then(() => side.lost())]).then(async () => {
      // It lives on after its turn, and some do so after their input as well.
      dialogue.closeInput();
      dialogue.signal('SIGTERM');
      await dialogue.ended;
    }),
  };
}

/** Our side of one turn. */
class Side {
  readonly #agent: AcpAgent;
  readonly #order: Order;
  readonly #request: TurnRequest;
  readonly #dialogue: Dialogue;
  readonly #now: () => number;
  /** Those who asked, by the id of their request. */
  readonly #asked = new Map<string, (allowed: boolean) => void>();
  #listening = false;
  #over = false;
  cancel = (): void => this.#dialogue.signal('SIGTERM');

  constructor(agent: AcpAgent, request: TurnRequest, dialogue: Dialogue, now: () => number) {
    this.#agent = agent;
    this.#order = request.order;
    this.#request = request;
    this.#dialogue = dialogue;
    this.#now = now;
  }

  async converse(outgoing: WritableStream<Uint8Array>, incoming: ReadableStream<Uint8Array>): Promise<void> {
    try {
      await client({ name: 'andon' })
        .onNotification('session/update', ({ params }) => this.#take(params.update))
        .onRequest('session/request_permission', async ({ params }) => {
          const { event, options } = readPermission(params);
          const allowed = event.type === 'permission' && (await this.#ask(event.id, event));
          return { outcome: permissionOutcome(options, allowed) };
        })
        .onRequest('elicitation/create', async ({ params }) => {
          const id = `question-${this.#asked.size + 1}`;
          await this.#ask(id, { type: 'question', id, text: params.message });
          // The answer comes to the task, and with it to the next turn.
          return { action: 'cancel' as const };
        })
        .connectWith(ndJsonStream(outgoing, incoming), (side) => this.#turn(side));
    } catch (error) {
      this.#tell(readError(error, this.#now()));
    }
    this.#over = true;
  }

  /** Its process has ended; in the middle of a turn that is a failure. */
  lost(): void {
    if (this.#over) return;
    const message = 'The agent ended in the middle of its turn.';
    this.#tell([
      { type: 'error', kind: 'agent', message, retrying: false },
      { type: 'end', reason: 'failed' },
    ]);
    this.#over = true;
  }

  answer(id: string, allowed: boolean): void {
    this.#asked.get(id)?.(allowed);
    this.#asked.delete(id);
  }

  #ask(id: string, event: AgentEvent): Promise<boolean> {
    const answered = new Promise<boolean>((resolve) => this.#asked.set(id, resolve));
    this.#tell([event]);
    return answered;
  }

  async #turn(side: ClientContext): Promise<void> {
    const { agentCapabilities } = await side.request('initialize', {
      protocolVersion: 1,
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, elicitation: { form: {} } },
      clientInfo: { name: 'andon', title: 'Andon', version: packageFile.version },
    });
    const sessionId = await this.#session(side, agentCapabilities?.loadSession === true);
    this.#tell([{ type: 'session', id: sessionId }]);
    const modeId = this.#agent.mode?.[this.#order.may];
    if (modeId !== undefined) await side.request('session/set_mode', { sessionId, modeId });
    this.#listening = true;
    this.cancel = () => void side.notify('session/cancel', { sessionId });
    const prompt = [{ type: 'text' as const, text: this.#order.prompt }];
    const answer = await side.request('session/prompt', { sessionId, prompt });
    this.#tell(readEnd(answer, this.#agent.tells_tokens));
  }

  async #session(side: ClientContext, loads: boolean): Promise<string> {
    const { board, cwd, resume: sessionId } = this.#order;
    const env = Object.entries(board.env).map(([name, value]) => ({ name, value }));
    const servers = [{ name: boardName, command: board.command, args: [...board.args], env }];
    const place: NewSessionRequest = { cwd, mcpServers: this.#agent.board_in_session ? servers : [] };
    if (sessionId === undefined) return (await side.request('session/new', place)).sessionId;
    if (this.#agent.resume === 'resume') await side.request('session/resume', { sessionId, ...place });
    else if (loads) await side.request('session/load', { sessionId, ...place });
    else throw new Error(`Session ${sessionId} is not found: the agent cannot take sessions up.`);
    return sessionId;
  }

  #take(update: unknown): void {
    // A session that is loaded is told again from its beginning.
    if (!this.#listening) return;
    const known = readUpdate(update);
    if (known === undefined) this.#request.onWords(JSON.stringify(update));
    for (const event of known ?? []) {
      this.#tell([event]);
      if (event.type === 'text') this.#tell(this.#agent.readText?.(event.text, this.#now()) ?? []);
    }
  }

  #tell(events: readonly AgentEvent[]): void {
    events.forEach(this.#request.onEvent);
  }
}
