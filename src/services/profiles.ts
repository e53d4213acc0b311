import { join } from 'node:path';
import { asProfileName } from '../domain/ids.ts';
import type { FileReader, Home } from './home.ts';
import type { Profile } from './profile.ts';
import { readYaml } from './strict-yaml.ts';

/** What of a profile's folder says who it is. */
export const profileFiles = ['andon.yaml', 'config.yaml'] as const;

export interface BrokenProfile {
  readonly name: string;
  readonly message: string;
}

/** Every profile of a home. A broken one does not hide the others. */
export async function loadProfiles(
  home: Home,
  files: FileReader,
): Promise<{ readonly profiles: readonly Profile[]; readonly broken: readonly BrokenProfile[] }> {
  const profiles: Profile[] = [];
  const broken: BrokenProfile[] = [];
  for (const name of await files.names(join(home.root, 'profiles'))) {
    const loaded = await loadProfile(home, files, name);
    if (loaded.ok) profiles.push(loaded.profile);
    else if (loaded.reason === 'broken') broken.push({ name, message: loaded.message });
  }
  return { profiles, broken };
}

export type LoadedProfile =
  | { readonly ok: true; readonly profile: Profile }
  | { readonly ok: false; readonly reason: 'unknown' | 'broken'; readonly message: string };

/** One profile by its name; `unknown` when its folder defines none. */
export async function loadProfile(home: Home, files: FileReader, name: string): Promise<LoadedProfile> {
  const unknown: LoadedProfile = {
    ok: false,
    reason: 'unknown',
    message: `There is no profile ${name}; define it in profiles/${name}/andon.yaml.`,
  };
  // A name is a folder's: anything else would lead out of `profiles`.
  if (name === '.' || name === '..' || /[/\0]/.test(name)) return unknown;
  const folder = join(home.root, 'profiles', name);
  const label = `profiles/${name}/andon.yaml`;
  const file = await readYaml(files, join(folder, 'andon.yaml'), label);
  if (file === undefined) {
    const isHermes = (await files.names(folder)).includes('config.yaml');
    if (!isHermes) return unknown;
    const { bareProfile } = await import('./profile-file.ts');
    return { ok: true, profile: { ...bareProfile, name: asProfileName(name), driver: 'hermes' } };
  }
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name)) {
    return {
      ok: false,
      reason: 'broken',
      message: `profiles/${name}: a profile's name must be lower-case letters, digits, - and _, so that a task can be assigned to it.`,
    };
  }
  if (!file.ok) return { ok: false, reason: 'broken', message: file.message };
  const { readProfile } = await import('./profile-file.ts');
  const read = await readProfile(asProfileName(name), file.value, label);
  return read.ok ? { ok: true, profile: read.value } : { ok: false, reason: 'broken', message: read.message };
}
