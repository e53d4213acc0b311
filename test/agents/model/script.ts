/**
 * What a scripted model says, in words that all wires share. A script is a list of steps, and each step answers one request
 * of the agent, so a step that calls a tool is followed by the step that has seen its result.
 */
export type Step = Reply | Failure | ((seen: Seen) => Reply | Failure);

/** A turn of the model: thoughts first, then words, then calls. Without a call the agent's turn is over. */
export interface Reply {
  readonly think?: string;
  readonly say?: string;
  readonly calls?: readonly Call[];
  readonly usage?: Partial<Usage>;
}

/** A call of a tool by its own name: the agent's prefix (`mcp__board__`, `board-` and so on) is found in what it offers. */
export interface Call {
  readonly tool: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** Tokens as they are billed: `input` holds `cached`, `output` holds `thought`. */
export interface Usage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly thought: number;
}

/**
 * Instead of a turn. `rate_limit`: too many requests a minute; `quota`: what was paid for is used up until a time;
 * `hang`: no answer at all; `drop`: the connection ends before the answer, `cut`: in the middle of it.
 */
export const failures = [
  'rate_limit',
  'quota',
  'overloaded',
  'server',
  'unauthorized',
  'hang',
  'drop',
  'cut',
] as const;
export type FailureKind = (typeof failures)[number];

export interface Failure {
  readonly fail: FailureKind;
  /** How many requests in a row fail so; one when left out, `Infinity` for all that come. */
  readonly times?: number;
  /** Seconds until the limit is lifted, as the vendor's headers tell it. */
  readonly resetsIn?: number;
}

/** What a step may look at before it answers. */
export interface Seen {
  /** The text of the newest message of the user. */
  readonly prompt: string;
  /** What the tools called last have answered, in order. */
  readonly results: readonly ToolResult[];
  /** Names of the tools that the agent offers, with its prefixes. */
  readonly offered: readonly string[];
}

export interface ToolResult {
  readonly id: string;
  readonly text: string;
}

export const usualUsage: Usage = { input: 100, cached: 0, output: 10, thought: 0 };

export const say = (text: string, usage?: Partial<Usage>): Reply => ({ say: text, ...(usage && { usage }) });

export const call = (tool: string, args: Call['args'] = {}, usage?: Partial<Usage>): Reply => ({
  calls: [{ tool, args }],
  ...(usage && { usage }),
});

export const fail = (kind: FailureKind, more: Omit<Failure, 'fail'> = {}): Failure => ({
  fail: kind,
  ...more,
});
