import { basename, join } from 'node:path';
import { z } from 'zod';
import { expandTilde, type Home } from '../home.ts';
import type { DriverName, Profile } from '../profile.ts';
import type { World } from '../world.ts';
import type { SkillText } from './prompt.ts';
import type { RunOrder } from './run-order.ts';
import type { Agent } from './turn.ts';
import { type Spent, unspent } from './usage.ts';

/**
 * The folder that all attempts of a profile at a task share: the agent's own configuration and memory, so that it can go on
 * where it was, and never the user's. Beside it stands what we know of the session.
 */
export interface Session {
  readonly id: string;
  /** An agent finds its session only from the folder in which it was begun. */
  readonly cwd: string;
  readonly driver: string;
  readonly spent: Spent;
}

const tokens = z.strictObject({
  input: z.number(),
  cached: z.number(),
  output: z.number(),
  thought: z.number(),
});
const schema = z.strictObject({
  id: z.string(),
  cwd: z.string(),
  driver: z.string(),
  spent: z.strictObject({ tokens, cost_usd: z.number().optional() }),
});

const fileOf = (order: RunOrder): string => join(order.home, 'session.json');

/** The session to go on with: begun by the same agent in the same folder. */
export async function knownSession(
  world: World,
  order: RunOrder,
  agent: Agent,
): Promise<Session | undefined> {
  const text = await world.files.read(fileOf(order));
  if (text === undefined || !agent.abilities.resume) return undefined;
  const { data } = schema.safeParse(parsed(text));
  if (data?.driver !== agent.name || data.cwd !== order.workspace) return undefined;
  return { ...data, spent: { ...unspent, ...data.spent, cost_usd: data.spent.cost_usd } };
}

export const rememberSession = (world: World, order: RunOrder, session: Session): Promise<void> =>
  world.files.write(fileOf(order), `${JSON.stringify(session)}\n`);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Logins ------------------------------------------------------------------------------------------------------------

/** Where agents keep the user's login, and where they look for it in a folder of their own. */
const logins: { readonly [Name in DriverName]?: readonly { readonly from: string; readonly to: string }[] } =
  {
    claude: [{ from: '~/.claude/.credentials.json', to: 'claude/.credentials.json' }],
    codex: [{ from: '~/.codex/auth.json', to: 'codex/auth.json' }],
    gemini: [
      { from: '~/.gemini/oauth_creds.json', to: '.gemini/oauth_creds.json' },
      { from: '~/.gemini/google_accounts.json', to: '.gemini/google_accounts.json' },
    ],
    opencode: [{ from: '~/.local/share/opencode/auth.json', to: 'data/opencode/auth.json' }],
    copilot: [{ from: '~/.copilot/config.json', to: 'copilot/config.json' }],
  };

/**
 * Copies the user's login into the session's folder, unless the copy is newer: an agent renews its own. Nothing is ever
 * written back.
 */
export async function copyLogins(
  { files }: World,
  home: Home,
  profile: Profile,
  folder: string,
): Promise<void> {
  if (profile.provider !== undefined) return;
  for (const { from, to } of logins[profile.driver] ?? []) {
    const [source, copy] = [expandTilde(from, home.userHome), join(folder, to)];
    const given = await files.modifiedAt(source);
    if (given === undefined || given <= ((await files.modifiedAt(copy)) ?? 0)) continue;
    await files.makeFolder(copy.slice(0, copy.lastIndexOf('/')), 0o700);
    await files.write(copy, (await files.read(source)) ?? '');
  }
}

// Skills ------------------------------------------------------------------------------------------------------------

/**
 * Gives the agent the skills that its profile and its task name: as folders where it looks for them, else as words. One that
 * is not there is told in the task's log, and the work goes on without it.
 */
export async function giveSkills(
  world: World,
  { home, profile, agent }: { readonly home: Home; readonly profile: Profile; readonly agent: Agent },
  order: RunOrder,
  named: readonly string[],
  print: (line: string) => void,
): Promise<readonly SkillText[]> {
  const given: SkillText[] = [];
  for (const wanted of new Set([...profile.skills, ...named])) {
    const path = await skillFolder(world, home, profile, wanted);
    const text = path && (await world.files.read(join(path, 'SKILL.md')));
    if (path === undefined || text === undefined) {
      print(`The skill ${wanted} was not found: there is no ${wanted}/SKILL.md below skills/.`);
      continue;
    }
    const name = basename(path);
    if (agent.skills === undefined) given.push({ name, path, text });
    else {
      await world.files.copy(path, join(order.home, agent.skills, name));
      given.push({ name, path });
    }
  }
  return given;
}

/** A path as it is; a name below the profile's own `skills` or the home's. */
async function skillFolder(
  { files }: World,
  home: Home,
  profile: Profile,
  wanted: string,
): Promise<string | undefined> {
  const path = expandTilde(wanted, home.userHome);
  const places = path.startsWith('/')
    ? [path]
    : [join(home.root, 'profiles', profile.name, 'skills', path), join(home.root, 'skills', path)];
  for (const place of places) if (await files.isFolder(place)) return place;
  return undefined;
}
