import { z } from 'zod';
import type { Home } from './home.ts';
import { Mistake } from './repository.ts';

/** The real agent that plays the worker with the question, as the person at the terminal named it. */
export interface Agent {
  /** As `driver:` of a profile calls it. */
  readonly driver: string;
  /** Its own default unless said. */
  readonly model: string | undefined;
  /** Where the model is, and the variable with its key; the agent's own login unless said. */
  readonly provider: { readonly url: string; readonly key_env: string } | undefined;
}

const here = z.object({ agent: z.string(), version: z.string().nullable(), problem: z.string().nullable() });

/** The version of the agent that is installed here; refuses one that cannot be driven, before anything is started. */
export async function versionOf({ andon }: Pick<Home, 'andon'>, { driver }: Agent): Promise<string> {
  const agents = z.array(here).parse(JSON.parse(await andon('agents', 'list', '--json')));
  const found = agents.find(({ agent }) => agent === driver);
  if (found === undefined) {
    const known = agents.map(({ agent }) => agent).join(', ');
    throw new Mistake(`The demo knows no agent "${driver}"; give one of ${known} with --agent.`);
  }
  if (found.problem !== null)
    throw new Mistake(`The agent ${driver} cannot be driven here: ${found.problem}.`);
  return found.version ?? 'of unknown version';
}

/** What the agent has spent, in the words of `andon usage`. */
export async function spending({ andon }: Pick<Home, 'andon'>): Promise<string> {
  const [first = ''] = (await andon('usage', '--by', 'profile')).split('\n');
  return first.replace(/^\S+ {2,}/, '').replaceAll(/ {2,}/g, ', ');
}
