import { type Failure, type Reply, type Seen, type Step, usualUsage } from './script.ts';
import type { Ask, OfferedTool, Turn } from './wire.ts';

/** One request as it came, for a test to look at. */
export interface Logged {
  readonly at: number;
  readonly wire: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The request itself, when it was for a turn. */
  readonly ask: Ask | undefined;
  /** The body as text, cut when it is long. */
  readonly body: string;
}

/** What one agent's run asks of the model, and how far its script is. */
export interface ScriptedRun {
  readonly name: string;
  /** By this API key, or by this address, the server knows the run. */
  readonly key: string;
  readonly url: string;
  /** The latest requests, oldest first. */
  readonly requests: readonly Logged[];
  /** Every request that was not as it must be. A test that ends well ends with none. */
  readonly problems: readonly string[];
  /** How many requests were answered from the script. */
  readonly steps: number;
  /** True when every step was used; a failure without end counts as used once it was met. */
  readonly done: boolean;
}

const keptRequests = 200;
const keptBody = 300_000;

/** A run as the server drives it. */
export class RunState implements ScriptedRun {
  readonly name: string;
  readonly key: string;
  readonly url: string;
  readonly requests: Logged[] = [];
  readonly problems: string[] = [];
  steps = 0;
  private readonly script: Step[];
  private failing: { failure: Failure; left: number } | undefined;
  private ids = 0;

  constructor(name: string, url: string, script: readonly Step[]) {
    this.name = name;
    this.url = `${url}/run/${name}`;
    // Long, because an agent may blot out its key wherever the same letters stand in its output.
    this.key = `sk-scripted-${name}-0123456789abcdef`;
    this.script = [...script];
  }

  get done(): boolean {
    return this.script.length === 0;
  }

  log(request: Logged): void {
    this.requests.push({ ...request, body: request.body.slice(0, keptBody) });
    if (this.requests.length > keptRequests) this.requests.shift();
  }

  /** The script's answer to a request. */
  next(ask: Ask): Turn | Failure {
    // What has no tools is no turn of the work: a title for the session, a summary.
    if (ask.tools.length === 0) return this.turn({ say: 'Work on the board' }, ask);
    this.steps += 1;
    if (this.failing && this.failing.left > 0) {
      this.failing.left -= 1;
      return this.failing.failure;
    }
    const step = this.script.shift();
    if (step === undefined) {
      this.problems.push(`Request ${this.steps} comes after the last step of the script.`);
      return this.turn({ say: 'There is nothing more to do.' }, ask);
    }
    const seen: Seen = {
      prompt: ask.prompt,
      results: ask.results,
      offered: ask.tools.map(({ name }) => name),
    };
    const reply = typeof step === 'function' ? step(seen) : step;
    if (!('fail' in reply)) return this.turn(reply, ask);
    this.failing = { failure: reply, left: (reply.times ?? 1) - 1 };
    return reply;
  }

  private turn(reply: Reply, ask: Ask): Turn {
    const id = `${this.name}_${++this.ids}`;
    const calls = (reply.calls ?? []).map(({ tool, args = {} }, index) => ({
      id: `call_${id}_${index}`,
      name: tool,
      tool: findTool(ask.tools, tool),
      args,
    }));
    const missing = calls.filter(({ tool }) => tool === undefined).map(({ name }) => name);
    if (missing.length > 0) {
      const offered = ask.tools.map(({ name }) => name).join(', ');
      this.problems.push(`The tool ${missing.join(', ')} is not offered; offered are ${offered}.`);
    }
    return {
      id,
      think: reply.think,
      say: missing.length > 0 ? `There is no tool ${missing.join(', ')}.` : reply.say,
      calls: calls.flatMap(({ tool, ...rest }) => (tool === undefined ? [] : [{ ...rest, tool }])),
      usage: { ...usualUsage, ...reply.usage },
    };
  }
}

/**
 * The tool that an agent offers under a name of its own: `kanban_show` is `mcp__board__kanban_show` for one, `board-kanban_show`
 * for another. The shortest wins, so that a tool called exactly so comes before one that only ends so.
 */
function findTool(offered: readonly OfferedTool[], name: string): OfferedTool | undefined {
  return offered
    .filter((tool) => tool.name === name || /[_\-./]$/.test(cutOff(tool.name, name)))
    .sort((a, b) => a.name.length - b.name.length)[0];
}

const cutOff = (whole: string, end: string): string =>
  whole.endsWith(end) ? whole.slice(0, -end.length) : '';
