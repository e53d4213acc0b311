/** What an agent does, in words that are the same for every agent. */
export type AgentEvent =
  | SessionEvent
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thought'; readonly text: string }
  | ToolEvent
  | { readonly type: 'diff'; readonly path: string; readonly text: string }
  | PermissionEvent
  | { readonly type: 'question'; readonly id: string; readonly text: string }
  | UsageEvent
  | LimitEvent
  | ErrorEvent
  | EndEvent;

/** The agent's session has begun, or more is known of it. */
export interface SessionEvent {
  readonly type: 'session';
  /** Absent when only the rest is known. */
  readonly id?: string;
  readonly model?: string;
  /** Whether the board's server answers. A run whose board failed can do nothing for its task. */
  readonly board?: 'connected' | 'failed';
}

/** A call of a tool. Both events of a call have its id; not every agent repeats the name. */
export interface ToolEvent {
  readonly type: 'tool';
  readonly id: string;
  readonly stage: 'started' | 'done' | 'failed';
  readonly name?: string;
  /** Of the board, by the tool's own name: `kanban_complete`. */
  readonly board?: boolean;
  /** The arguments of a call that started, the answer of one that ended. */
  readonly text: string;
}

export interface PermissionEvent {
  readonly type: 'permission';
  /** The request to answer, or the call that was refused. */
  readonly id: string;
  readonly stage: 'asked' | 'refused';
  readonly tool: string;
  readonly text: string;
}

/** What the model has cost so far: tokens, money, or both. */
export interface UsageEvent {
  readonly type: 'usage';
  /** What is counted: one `call` of the model, to be added up; this `process`, or the whole `session` with earlier
   * processes of it, each of which replaces what it said before. */
  readonly scope: 'call' | 'process' | 'session';
  readonly tokens?: Tokens;
  /** US dollars, by the agent's own prices. */
  readonly cost_usd?: number;
}

/** `input` holds `cached`, `output` holds `thought`. */
export interface Tokens {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly thought: number;
}

/** The provider takes no more for now. */
export interface LimitEvent {
  readonly type: 'limit';
  /** Too many requests; what was paid for is used up; the provider has too much to do. */
  readonly kind: 'rate' | 'quota' | 'overloaded';
  /** When it is lifted, in milliseconds since 1970. */
  readonly resets_at?: number;
  /** The agent waits and tries again by itself; else it has given up. */
  readonly retrying: boolean;
}

export interface ErrorEvent {
  readonly type: 'error';
  /** No valid key; the provider's fault; nobody there; no such session; the board's server; anything else. */
  readonly kind: 'auth' | 'provider' | 'network' | 'session' | 'board' | 'agent';
  readonly message: string;
  readonly retrying: boolean;
}

/** The turn is over. Whether the work is done, only the board knows. */
export interface EndEvent {
  readonly type: 'end';
  readonly reason: 'finished' | 'failed' | 'cancelled';
}
