import type { FailureKind, ToolResult, Usage } from './script.ts';

/** One vendor's protocol: which requests are its own, what they ask, and how an answer looks. */
export interface Wire {
  readonly name: string;
  /** What a request is for by method and path, or `undefined` when it is not of this wire. */
  route(method: string, path: string): Route | undefined;
  /** Reads the body of a request for a turn. Throws when it is not what this wire knows. */
  read(body: unknown, path: string): Ask;
  /** A turn of the model. */
  write(turn: Turn, ask: Ask): Payload;
  /** The answer to a request for anything but a turn. */
  aside(route: Exclude<Route, 'turn'>): Payload;
  /** The vendor's own error; `resetsAt` is in milliseconds since 1970. */
  refuse(kind: RefusalKind, resetsAt: number): Refusal;
}

/** A turn of the model; how many tokens a text has; which models there are; whether anybody is there. */
export type Route = 'turn' | 'count' | 'models' | 'hello';

export type RefusalKind = Exclude<FailureKind, 'hang' | 'drop' | 'cut'>;

/** A request for a turn. */
export interface Ask {
  readonly model: string;
  readonly stream: boolean;
  readonly tools: readonly OfferedTool[];
  readonly prompt: string;
  /** What answers the calls of the turn before. */
  readonly results: readonly ToolResult[];
}

export interface OfferedTool {
  readonly name: string;
  /** The group that the tool stands in, where a wire has groups. */
  readonly group?: string;
}

/** A reply with its tools found and its numbers filled in. */
export interface Turn {
  readonly id: string;
  readonly think: string | undefined;
  readonly say: string | undefined;
  readonly calls: readonly {
    readonly id: string;
    readonly tool: OfferedTool;
    readonly args: Readonly<Record<string, unknown>>;
  }[];
  readonly usage: Usage;
}

export type Payload =
  | { readonly json: unknown }
  | { readonly events: readonly { readonly event?: string; readonly data: unknown }[] };

export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}
