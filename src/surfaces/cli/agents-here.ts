import { asProfileName } from '../../domain/ids.ts';
import { knownAgents } from '../../services/agents/catalogue.ts';
import { isAtLeast } from '../../services/agents/driver.ts';
import { lookFor } from '../../services/agents/probe.ts';
import type { Agent } from '../../services/agents/turn.ts';
import type { Home } from '../../services/home.ts';
import type { Profile } from '../../services/profile.ts';
import { bareProfile } from '../../services/profile-file.ts';
import { loadProfiles } from '../../services/profiles.ts';
import { problemOf } from '../../services/roster.ts';
import { quietWorld } from './quiet-world.ts';

/** One agent, as it is found on this machine. */
export interface AgentHere {
  readonly agent: string;
  readonly path: string | null;
  readonly version: string | null;
  /** The oldest version that can be driven. */
  readonly needs: string | null;
  /** Why it cannot be started as it is; `null` when it can. */
  readonly problem: string | null;
  readonly abilities: readonly string[];
  readonly profiles: readonly string[];
  /** Of those profiles of it that cannot be started: why, one sentence each. */
  readonly problems: readonly string[];
}

/** The agents that Andon knows by name, then whatever else profiles name. */
export async function agentsOf(home: Home): Promise<readonly AgentHere[]> {
  const world = quietWorld();
  const { profiles } = await loadProfiles(home, world.files);
  const rows: AgentHere[] = [];
  for (const [name, agent] of Object.entries(knownAgents)) {
    const own = profiles.filter(({ driver }) => driver === name);
    const plain: Profile = { ...bareProfile, name: asProfileName(name) };
    const found = await lookFor(world, home, plain, agent.program, agent.probe);
    const version = found?.version ?? null;
    rows.push({
      agent: name,
      path: found?.path ?? null,
      version,
      needs: agent.probe?.least ?? null,
      problem: problemWith(agent, found !== undefined, version),
      abilities: abilitiesOf(agent),
      ...(await named(own)),
    });
  }
  const others = profiles.filter(({ driver }) => driver === 'acp' || driver === 'hermes');
  for (const profile of others) {
    const { problems } = await named([profile]);
    rows.push({
      agent: profile.driver === 'acp' ? `acp (${profile.command?.join(' ')})` : 'hermes',
      path: null,
      version: null,
      needs: null,
      problem: problems.length === 0 ? null : 'not here',
      abilities: [],
      profiles: [profile.name],
      problems,
    });
  }
  return rows;

  async function named(own: readonly Profile[]): Promise<Pick<AgentHere, 'profiles' | 'problems'>> {
    const problems: string[] = [];
    for (const profile of own) {
      const problem = await problemOf(world, home, profile);
      if (problem !== undefined) problems.push(problem);
    }
    return { profiles: own.map((profile) => profile.name), problems };
  }
}

function problemWith({ probe }: Agent, isFound: boolean, version: string | null): string | null {
  if (!isFound) return 'not found on PATH';
  if (version === null) return 'tells no version';
  return probe === undefined || isAtLeast(version, probe.least) ? null : `${version} is too old`;
}

const abilityNames = [
  ['resume', 'resume'],
  ['steer', 'steer'],
  ['asks_permission', 'permission'],
  ['tells_usage', 'usage'],
  ['tells_money', 'money'],
  ['tells_reset', 'limits with their end'],
] as const;

const abilitiesOf = ({ abilities }: Agent): readonly string[] =>
  abilityNames.flatMap(([ability, name]) => (abilities[ability] ? [name] : []));
