import type { ProfileName } from '../../domain/ids.ts';
import type { Home } from '../../services/home.ts';
import { loadProfiles } from '../../services/profiles.ts';
import { type Roster, readRoster } from '../../services/roster.ts';
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

/** The profiles of a home: those that can be started here, and why the others cannot. */
export const rosterOf = (home: Home): Promise<Roster> => readRoster(quietWorld(), home);

/** The names of the profiles on disk, whether they can be started or not. */
export async function profileNames(home: Home): Promise<readonly string[]> {
  const { profiles } = await loadProfiles(home, quietWorld().files);
  return profiles.map(({ name }) => name);
}

export { wrongPlace } from '../../services/destinations/destination-settings.ts';
