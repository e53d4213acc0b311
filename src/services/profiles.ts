import { join } from 'node:path';
import { parseDuration } from '../domain/duration.ts';
import { asProfileName, type ProfileName } from '../domain/ids.ts';
import type { FileReader, Home } from './home.ts';
import { check, kinds, readYaml, type Zod } from './strict-yaml.ts';

/** Who does the work: `profiles/<name>/andon.yaml` (contract §0). */
export interface Profile {
  readonly name: ProfileName;
  readonly description: string;
  /** The worker's command with the templates `{task}`, `{workspace}`, `{brief}`; absent for a Hermes profile. */
  readonly command: readonly [string, ...string[]] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly max_runtime_seconds: number | undefined;
  /** How many of its workers may live at once, over all boards. */
  readonly max_in_progress: number | undefined;
  readonly toolsets: readonly string[];
  /** Skills that its worker shall load for a review, beside those of the task (contract §5.8). */
  readonly review_skills: readonly string[];
}

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
    // Hermes' own profile: known by name, and startable once there is a driver for it.
    const isHermes = (await files.names(folder)).includes('config.yaml');
    return isHermes ? { ok: true, profile: { ...bare, name: asProfileName(name) } } : unknown;
  }
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name)) {
    return {
      ok: false,
      reason: 'broken',
      message: `profiles/${name}: a profile's name must be lower-case letters, digits, - and _, so that a task can be assigned to it.`,
    };
  }
  if (!file.ok) return { ok: false, reason: 'broken', message: file.message };
  const { z } = await import('zod');
  const read = check(schema(z), file.value, label);
  if (!read.ok) return { ok: false, reason: 'broken', message: read.message };
  const {
    description,
    command,
    env,
    max_runtime_seconds: seconds,
    max_runtime: duration,
    max_in_progress,
    toolsets,
    review_skills,
  } = read.value;
  if (seconds !== undefined && duration !== undefined) {
    return {
      ok: false,
      reason: 'broken',
      message: `${label}: give either max_runtime or max_runtime_seconds, not both.`,
    };
  }
  const [program, ...args] = command ?? [];
  return {
    ok: true,
    profile: {
      name: asProfileName(name),
      description: description ?? '',
      command: program === undefined ? undefined : [program, ...args],
      env: env ?? {},
      max_runtime_seconds: seconds ?? duration,
      max_in_progress,
      toolsets: toolsets ?? [],
      review_skills: review_skills ?? [],
    },
  };
}

const bare: Omit<Profile, 'name'> = {
  description: '',
  command: undefined,
  env: {},
  max_runtime_seconds: undefined,
  max_in_progress: undefined,
  toolsets: [],
  review_skills: [],
};

/** Why nobody can be started for this profile, or `undefined` when somebody can. */
export const whyNotStartable = (profile: Profile): string | undefined =>
  profile.command === undefined
    ? `The profile ${profile.name} has no command; give it one in profiles/${profile.name}/andon.yaml.`
    : undefined;

const templates = ['task', 'workspace', 'brief'] as const;
export type TemplateValues = Readonly<Record<(typeof templates)[number], string>>;

/** `{word}`; `${word}` belongs to a shell and is left alone. */
const template = /(?<!\$)\{([a-z_]+)\}/g;

/** The command with its templates filled in. */
export function fillTemplates(
  command: readonly [string, ...string[]],
  values: TemplateValues,
): [string, ...string[]] {
  const fill = (part: string): string =>
    part.replaceAll(template, (all, name: string) =>
      templates.find((known) => known === name) ? lookUp(values, name) : all,
    );
  const [program, ...args] = command;
  return [fill(program), ...args.map(fill)];
}

const lookUp = (values: Readonly<Record<string, string>>, name: string): string => values[name] ?? '';

const unknownTemplate = (part: string): string | undefined =>
  [...part.matchAll(template)]
    .map(([, name = '']) => name)
    .find((name) => !templates.some((known) => known === name));

function schema(z: Zod) {
  const { strict, whole, text, line } = kinds(z);
  const commandError = 'a list of texts: the program and its arguments';
  const part = z.string({ error: commandError }).refine((value) => unknownTemplate(value) === undefined, {
    error: `free of templates but ${templates.map((name) => `{${name}}`).join(', ')}`,
  });
  const durationError = 'a length of time such as 90s, 15m, 2h or 1d';
  const duration = z.union([z.string(), z.number()], { error: durationError }).transform((value, context) => {
    const seconds = parseDuration(String(value));
    if (seconds !== undefined) return seconds;
    context.issues.push({ code: 'custom', message: durationError, input: value });
    return z.NEVER;
  });
  return strict({
    description: text.optional(),
    command: z.array(part, { error: commandError }).min(1, { error: commandError }).optional(),
    env: z.record(z.string(), text, { error: 'a map of names to texts' }).optional(),
    max_runtime_seconds: whole(1).optional(),
    max_runtime: duration.optional(),
    max_in_progress: whole(1).optional(),
    toolsets: z.array(line, { error: 'a list of texts' }).optional(),
    review_skills: z.array(line, { error: 'a list of texts' }).optional(),
    // Checked where it is used: by the settings of this profile's gateway.
    gateway: z.unknown().optional(),
  });
}
