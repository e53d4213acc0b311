import type { AgentEvent } from './events.ts';

/**
 * One kind of agent: how it is started, what its output means, and what it can do. Everything here is a value or a pure
 * function of values; whoever runs the agent owns files, processes and time.
 */
export interface Driver {
  readonly name: string;
  /** The program, looked for on PATH. */
  readonly program: string;
  readonly probe: Probe;
  readonly abilities: Abilities;
  readonly cancel: Cancel;
  /** What to start for one turn of work, and which files must be there before. */
  launch(order: Order): Launch;
  /**
   * The meaning of one line of standard output, parsed as JSON; `undefined` when it is of no known kind. `now`, in
   * milliseconds since 1970, is for what is told as a time from now.
   */
  read(line: unknown, now: number): readonly AgentEvent[] | undefined;
  /** The meaning of a line of standard error, for what an agent says nowhere else. */
  readError?(line: string, now: number): readonly AgentEvent[];
  /** What its end tells beyond its events: the exit code, and the files that `Launch.leaves` names. */
  ended(exit: AgentExit, left: Readonly<Record<string, string | undefined>>): readonly AgentEvent[];
}

export interface Probe {
  /** Prints the version within two seconds and writes nothing outside the private folders of `env`. */
  readonly args: readonly string[];
  /** The oldest version that has all the flags we use. */
  readonly least: string;
}

export interface Abilities {
  /** Goes on with a session after its process was killed. */
  readonly resume: boolean;
  /** The session's id is ours to choose; else it is known from its first event. */
  readonly chooses_session: boolean;
  /** Takes words while it works. */
  readonly steer: boolean;
  /** Asks before it does what it may not do, and waits for our answer; else it is refused on the spot. */
  readonly asks_permission: boolean;
  /** Says whether the board's server connected; else only the server itself knows. */
  readonly tells_board: boolean;
  readonly tells_usage: boolean;
  /** Tells money itself, in US dollars. */
  readonly tells_money: boolean;
  /** Tells when a limit is lifted. */
  readonly tells_reset: boolean;
}

export interface Cancel {
  /** Asks it to end, sent to its whole process group. What is left afterwards must be found by mark and killed. */
  readonly signal: 'SIGINT' | 'SIGTERM';
  /** After this signal it still says what the turn has cost. */
  readonly tells_usage: boolean;
}

/** What one turn of work is. */
export interface Order {
  /** A folder of this session alone, for its configuration and its memory. Attempts that resume a session share it. */
  readonly home: string;
  /** The agent's working folder; the same one whenever a session is resumed. */
  readonly cwd: string;
  readonly prompt: string;
  /** A UUID for a new session. */
  readonly session: string;
  /** Go on with this session instead. */
  readonly resume: string | undefined;
  readonly board: BoardServer;
  readonly may: Permission;
  readonly model: string | undefined;
  /** Where the model is, when it is not where the agent's own login says. */
  readonly provider: Provider | undefined;
}

/** The board's own MCP server over standard input and output. */
export interface BoardServer {
  readonly command: string;
  readonly args: readonly string[];
  /** Who the worker is, and its secret. Complete, PATH and HOME included: some agents pass on nothing of their own. */
  readonly env: Readonly<Record<string, string>>;
}

/** The name of the board's server in every agent's configuration. */
export const boardName = 'board';

/** What an agent may do without asking: read and use the board; edit files of its folder as well; everything. */
export type Permission = 'read' | 'edit' | 'everything';

export interface Provider {
  /** Without the vendor's own path, such as `/v1`. */
  readonly url: string;
  readonly key: string;
  /** US dollars for a million tokens, for an agent that reckons its cost with prices from its configuration. */
  readonly prices?: { readonly input: number; readonly cached: number; readonly output: number };
}

export interface Launch {
  readonly args: readonly string[];
  /** On top of what the run has. Holds no secret but the provider's key. */
  readonly env: Readonly<Record<string, string>>;
  /** Written before the start, readable by the user alone (0600). An empty text makes sure that its folder is there. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Given on standard input, which is then closed. A prompt on the command line would be seen by every user. */
  readonly stdin: string;
  /** Files to be read when it has ended, by a name of the driver's own. */
  readonly leaves: Readonly<Record<string, string>>;
}

export interface AgentExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last words on standard error. */
  readonly errors: string;
}

/** The first version number in what a probe printed. */
export const versionIn = (output: string): string | undefined => /\b\d+\.\d+\.\d+\b/.exec(output)?.[0];

/** Whether version `given` (`1.18.33`) is `least` or newer. */
export function isAtLeast(given: string, least: string): boolean {
  const [a, b] = [given, least].map((version) => version.split('.').map(Number));
  for (const [index, wanted] of (b ?? []).entries()) {
    const part = a?.[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}
