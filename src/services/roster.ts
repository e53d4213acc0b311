import { join } from 'node:path';
import type { Home } from './home.ts';
import type { Profile } from './profile.ts';
import { loadProfiles, profileFiles } from './profiles.ts';
import type { World } from './world.ts';

/** The profiles of a home: those for which a worker can be started here, and why none can for each of the others. */
export interface Roster {
  readonly startable: ReadonlyMap<string, Profile>;
  readonly problems: ReadonlyMap<string, string>;
}

type Loaded = Awaited<ReturnType<typeof loadProfiles>>;

/** Milliseconds in which a file may be written twice without another time of its last change. */
const tooFresh = 1000;

/** Reads the roster, and a profile's file only when one of them has changed. */
export function createRosterReader(world: World, home: Home): () => Promise<Roster> {
  const { files } = world;
  let known: { readonly stamp: string; readonly loaded: Loaded } | undefined;
  const look = async (): Promise<{ stamp: string; isOld: boolean }> => {
    const folder = join(home.root, 'profiles');
    const names = await files.names(folder);
    const paths = names.flatMap((name) => profileFiles.map((file) => join(folder, name, file)));
    const stamps = await Promise.all(paths.map((path) => files.stamp(path)));
    const newest = Math.max(0, ...stamps.map((stamp) => stamp?.modified ?? 0));
    const texts = stamps.map((stamp, index) => `${paths[index]} ${stamp?.text}`);
    return { stamp: texts.join('\n'), isOld: newest + tooFresh < world.now() };
  };
  return async () => {
    // Looked at before it is read: what is written in between is another stamp at the next look.
    const { stamp, isOld } = await look();
    if (known?.stamp === stamp) return rosterOf(world, home, known.loaded);
    const loaded = await loadProfiles(home, files);
    known = isOld ? { stamp, loaded } : undefined;
    return rosterOf(world, home, loaded);
  };
}

export const readRoster = async (world: World, home: Home): Promise<Roster> =>
  rosterOf(world, home, await loadProfiles(home, world.files));

async function rosterOf(world: World, home: Home, { profiles, broken }: Loaded): Promise<Roster> {
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
