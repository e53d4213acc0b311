import type { World } from '../world.ts';
import type { Abilities, Cancel, Launch, Order, Probe } from './driver.ts';
import type { AgentEvent } from './events.ts';

/** An agent that can be given work, whatever way it is talked with. */
export interface Agent {
  readonly name: string;
  /** The program to look for, unless the profile names another. */
  readonly program: string;
  readonly probe: Probe | undefined;
  readonly abilities: Abilities;
  readonly cancel: Cancel;
  /** The folder of skills in its session's home that it reads by itself; absent when nobody knows. */
  readonly skills?: string;
  /** Gives it one turn of work. Rejects when it cannot be started. */
  begin(world: World, turn: TurnRequest): Promise<Turn>;
}

export interface TurnRequest {
  readonly order: Order;
  /** The program with its first arguments. */
  readonly command: readonly [string, ...string[]];
  /** What the run has; the agent's own comes on top. */
  readonly env: Readonly<Record<string, string>>;
  /** What it does, in order; nothing comes after `ended`. */
  readonly onEvent: (event: AgentEvent) => void;
  /** What it says in no known form: a line of its errors, or of a kind that its driver does not know. */
  readonly onWords: (line: string) => void;
}

/** One turn of work that goes on. */
export interface Turn {
  /** Tells it more while it works; false when it cannot be told. */
  steer(text: string): boolean;
  /** Answers the event `permission` or `question` of this id. */
  answer(id: string, allowed: boolean): void;
  /** Asks it to end its turn and to say what that has cost. */
  cancel(): void;
  /** Ends whatever is left of it. */
  kill(): void;
  readonly ended: Promise<void>;
}

/** Writes the files that an agent needs before it starts, and gives the command and the environment to start it with. */
export async function prepare(
  world: World,
  { command, env }: Pick<TurnRequest, 'command' | 'env'>,
  launch: Pick<Launch, 'args' | 'env' | 'files'>,
): Promise<{ command: readonly [string, ...string[]]; env: Record<string, string> }> {
  for (const { path, text } of launch.files) {
    await world.files.makeFolder(path.slice(0, path.lastIndexOf('/')), 0o700);
    await world.files.write(path, text);
  }
  return { command: [...command, ...launch.args], env: { ...env, ...launch.env } };
}
