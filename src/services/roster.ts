import type { Home } from './home.ts';
import type { Profile } from './profile.ts';
import { loadProfiles } from './profiles.ts';
import type { World } from './world.ts';

/** The profiles of a home: those for which a worker can be started here, and why none can for each of the others. */
export interface Roster {
  readonly startable: ReadonlyMap<string, Profile>;
  readonly problems: ReadonlyMap<string, string>;
}

export async function readRoster(world: World, home: Home): Promise<Roster> {
  const { profiles, broken } = await loadProfiles(home, world.files);
  const startable = new Map<string, Profile>();
  const problems = new Map(broken.map(({ name, message }) => [name, message]));
  for (const profile of profiles) {
    const problem = await problemOf(world, home, profile);
    if (problem === undefined) startable.set(profile.name, profile);
    else problems.set(profile.name, problem);
  }
  return { startable, problems };
}

/** Why nobody can be started for this profile, or `undefined` when somebody can. */
export async function problemOf(world: World, home: Home, profile: Profile): Promise<string | undefined> {
  if (profile.driver === 'command') {
    return profile.command === undefined
      ? `The profile ${profile.name} has neither a driver nor a command; give it one in profiles/${profile.name}/andon.yaml.`
      : undefined;
  }
  const { problemOfAgent } = await import('./agents/probe.ts');
  return problemOfAgent(world, home, profile);
}
