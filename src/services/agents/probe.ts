import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { findCommand } from '../find-command.ts';
import type { Home } from '../home.ts';
import type { Profile } from '../profile.ts';
import type { World } from '../world.ts';
import { type Hired, hiredFor } from './catalogue.ts';
import { isAtLeast, type Probe, versionIn } from './driver.ts';

/** Which of the agents are here, and in which version. */

/** What is known of a program: of its file, when it was looked at. */
export interface Found {
  readonly path: string;
  /** `undefined` when it told none. */
  readonly version: string | undefined;
}

/** Why nobody can be started for this profile, in one sentence; `undefined` when somebody can. */
export async function problemOfAgent(
  world: World,
  home: Home,
  profile: Profile,
): Promise<string | undefined> {
  const file = `profiles/${profile.name}/andon.yaml`;
  const hired = hiredFor(profile);
  const program = hired?.command[0] ?? profile.command?.[0] ?? 'hermes';
  const found = await lookFor(world, home, profile, program, hired?.agent.probe);
  if (found === undefined)
    return `The program "${program}" of the profile ${profile.name} was not found; install it, or say where it is with command in ${file}.`;
  const { probe } = hired?.agent ?? {};
  if (probe === undefined || !probesItself(hired)) return undefined;
  if (found.version === undefined)
    return `${found.path} of the profile ${profile.name} does not tell its version when it is asked with ${probe.args.join(' ')}; is it the right program?`;
  return isAtLeast(found.version, probe.least)
    ? undefined
    : `${found.path} of the profile ${profile.name} is version ${found.version}, and Andon drives ${probe.least} or newer; update it.`;
}

/** A program that starts another, such as npx, has no version of its own to ask for. */
const probesItself = (hired: Hired | undefined): boolean => hired?.command.length === 1;

/** Looks for a profile's program on its PATH, and asks it for its version, unless its file is known already. */
export async function lookFor(
  world: World,
  home: Home,
  profile: Profile,
  program: string,
  probe: Probe | undefined,
): Promise<Found | undefined> {
  const path = profile.env['PATH'] ?? home.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  const found = await findCommand(world.files, program, path, home.root);
  if (found === undefined) return undefined;
  if (probe === undefined) return { path: found, version: undefined };
  const stamp = `${await world.files.modifiedAt(found)} ${await world.files.size(found)} ${probe.args.join(' ')}`;
  const known = await readKnown(world, home);
  const before = known[found];
  if (before?.stamp === stamp) return { path: found, version: before.version ?? undefined };
  const version = await ask(world, home, [found, ...probe.args], path);
  const fresh = { ...(await readKnown(world, home)), [found]: { stamp, version: version ?? null } };
  await world.files.makeFolder(placeOf(home), 0o700);
  await world.files.write(join(placeOf(home), 'known.json'), `${JSON.stringify(fresh, undefined, 2)}\n`);
  return { path: found, version };
}

/** Where what is known of programs is kept, and where they may write when they are asked. */
const placeOf = (home: Home): string => join(home.root, 'agents');

const knownFile = z.record(z.string(), z.strictObject({ stamp: z.string(), version: z.string().nullable() }));

async function readKnown(world: World, home: Home): Promise<z.infer<typeof knownFile>> {
  try {
    return knownFile.parse(JSON.parse((await world.files.read(join(placeOf(home), 'known.json'))) ?? '{}'));
  } catch {
    // It only saves time.
    return {};
  }
}

/** How long a program may take to tell its version, in milliseconds; the first start of one may unpack it. */
const patience = 15_000;

async function ask(
  world: World,
  home: Home,
  command: readonly [string, ...string[]],
  path: string,
): Promise<string | undefined> {
  const place = join(placeOf(home), 'probe');
  await world.files.makeFolder(place, 0o700);
  // Some make folders in the user's home before they answer.
  const folders = ['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_CACHE_HOME'];
  const env = {
    PATH: [path, home.env['PATH'] ?? ''].join(delimiter),
    HOME: place,
    ...Object.fromEntries(folders.map((name) => [name, join(place, name)])),
  };
  try {
    const { out } = await world.processes.run({ command, cwd: place, env, timeout: patience });
    return versionIn(out);
  } catch {
    return undefined;
  }
}
