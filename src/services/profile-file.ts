import { z } from 'zod';
import { parseDuration } from '../domain/duration.ts';
import type { ProfileName } from '../domain/ids.ts';
import { templates, unknownTemplate } from './command-templates.ts';
import { drivers, type Profile } from './profile.ts';
import { check, kinds, type Read } from './strict-yaml.ts';

/** What `profiles/<name>/andon.yaml` may say, and what holds where it says nothing. */
export const bareProfile: Omit<Profile, 'name'> = {
  description: '',
  driver: 'command',
  command: undefined,
  model: undefined,
  provider: undefined,
  may: 'everything',
  skills: [],
  silence_seconds: 900,
  env: {},
  pass_env: [],
  max_runtime_seconds: undefined,
  max_in_progress: undefined,
  toolsets: [],
  review_skills: [],
};

/** The profile that a file describes; the first fault in it as one sentence. */
export async function readProfile(name: ProfileName, value: unknown, label: string): Promise<Read<Profile>> {
  const read = check(schema, value, label);
  if (!read.ok) return read;
  const { max_runtime, silence, gateway: _, command, ...said } = read.value;
  const fault = faultOf(read.value);
  if (fault !== undefined) return { ok: false, message: `${label}: ${fault}` };
  const [program, ...args] = command ?? [];
  const defined = Object.entries({
    ...said,
    max_runtime_seconds: said.max_runtime_seconds ?? max_runtime,
    silence_seconds: silence,
    command: program === undefined ? undefined : ([program, ...args] as const),
  }).filter(([, given]) => given !== undefined);
  return { ok: true, value: { ...bareProfile, ...Object.fromEntries(defined), name } };
}

function faultOf(said: z.infer<typeof schema>): string | undefined {
  if (said.max_runtime !== undefined && said.max_runtime_seconds !== undefined)
    return 'give either max_runtime or max_runtime_seconds, not both.';
  const driver = said.driver ?? 'command';
  if (driver === 'acp' && said.command === undefined)
    return 'driver acp needs the command that speaks the protocol, such as command: [goose, acp].';
  const strange = agentsOwn.find((key) => said[key] !== undefined);
  if ((driver === 'command' || driver === 'hermes') && strange !== undefined)
    return `${strange} is for agents; name one with driver, or leave it out.`;
  const filled = driver === 'command' ? undefined : said.command?.find((part) => /\{[a-z_]+\}/.test(part));
  if (filled !== undefined)
    return `command has the template "${filled}", which driver ${driver} does not fill.`;
  return undefined;
}

const agentsOwn = ['provider', 'may', 'skills', 'silence', 'pass_env'] as const;

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
const lines = z.array(line, { error: 'a list of texts' });
const variableError = 'the name of an environment variable';
const variable = z.string({ error: variableError }).regex(/^[A-Za-z_]\w*$/, { error: variableError });

const schema = strict({
  description: text.optional(),
  driver: z.enum(drivers, { error: `one of ${drivers.join(', ')}` }).optional(),
  command: z.array(part, { error: commandError }).min(1, { error: commandError }).optional(),
  model: line.optional(),
  provider: strict({
    url: z.url({ protocol: /^https?$/, error: 'an http or https address' }),
    key_env: variable,
  }).optional(),
  may: z.enum(['read', 'edit', 'everything'], { error: 'one of read, edit, everything' }).optional(),
  skills: lines.optional(),
  silence: duration.optional(),
  env: z.record(z.string(), text, { error: 'a map of names to texts' }).optional(),
  pass_env: z.array(variable, { error: 'a list of names' }).optional(),
  max_runtime_seconds: whole(1).optional(),
  max_runtime: duration.optional(),
  max_in_progress: whole(1).optional(),
  toolsets: lines.optional(),
  review_skills: lines.optional(),
  // Checked where it is used: by the settings of this profile's gateway.
  gateway: z.unknown().optional(),
});
