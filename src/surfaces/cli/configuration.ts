import type { ProfileName } from '../../domain/ids.ts';
import type { Home } from '../../services/home.ts';
import { loadProfiles, type Profile, whyNotStartable } from '../../services/profiles.ts';
import { loadSettings, type Settings } from '../../services/settings.ts';
import { thisMachine } from '../machine.ts';
import { Failure } from './failure.ts';
import { quietWorld } from './quiet-world.ts';

/** What is written in a home's files. Loaded only by the verbs that ask: it brings yaml and zod. */

/** The settings, those of one gateway when it is named; broken ones fail with their path and what is accepted. */
export async function settingsOf(home: Home, gateway?: ProfileName): Promise<Settings> {
  const options = { machine: thisMachine(), profile: gateway };
  const loaded = await loadSettings(home, quietWorld().files, options);
  if (!loaded.ok) throw new Failure(`${home.root}/${loaded.message}`);
  return loaded.settings;
}

/** The profiles of a home, in three kinds; `broken` says why. */
export async function profilesOf(home: Home): Promise<{
  readonly startable: ReadonlyMap<string, Profile>;
  readonly others: readonly string[];
  readonly broken: readonly string[];
}> {
  const { profiles, broken } = await loadProfiles(home, quietWorld().files);
  const startable = profiles.filter((profile) => whyNotStartable(profile) === undefined);
  const others = profiles.filter((profile) => !startable.includes(profile));
  return {
    startable: new Map(startable.map((profile) => [profile.name, profile])),
    others: others.map(({ name }) => name),
    broken: broken.map(({ message }) => message),
  };
}
