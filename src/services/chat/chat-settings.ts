import { kinds, type Zod } from '../strict-yaml.ts';
import type { World } from '../world.ts';
import type { ChatRole } from './command.ts';
import type { ChatUser } from './platform.ts';

/** The `chat:` block of `andon.yaml`: a platform is used when it stands here. */
export interface ChatSettings {
  readonly telegram?: TelegramSettings | undefined;
}

/** Where a secret is: an environment variable, or a file that its owner alone can read. */
interface SecretSource {
  readonly token_env?: string | undefined;
  readonly token_file?: string | undefined;
}

export interface TelegramSettings extends SecretSource {
  readonly api_root?: string | undefined;
  /** Ids of people who may work with tasks, and of those who may look. Nobody else is heard. */
  readonly operators?: readonly string[] | undefined;
  readonly viewers?: readonly string[] | undefined;
}

export const chatSchema = (z: Zod) => {
  const { strict, line } = kinds(z);
  const url = z.url({ protocol: /^https?$/, error: 'an http or https address' });
  const id = z.union([z.string(), z.int()], { error: 'an id of a person' }).transform(String);
  const people = z.array(id, { error: 'a list of ids of people' });
  return strict({
    telegram: strict({
      token_env: line.optional(),
      token_file: line.optional(),
      api_root: url.optional(),
      operators: people.optional(),
      viewers: people.optional(),
    }).optional(),
  });
};

/** The secret of a platform; throws what is wrong in one sentence that does not hold it. */
export async function secretOf(
  { files }: Pick<World, 'files'>,
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
  { token_env, token_file }: SecretSource,
): Promise<string> {
  if (token_env !== undefined) {
    const secret = env[token_env]?.trim();
    if (secret) return secret;
    throw new Error(`The environment variable ${token_env} of chat.${platform} is not set.`);
  }
  if (token_file === undefined) {
    throw new Error(`chat.${platform} needs token_env or token_file in andon.yaml.`);
  }
  const secret = (await files.read(token_file))?.trim();
  if (!secret) throw new Error(`The file ${token_file} of chat.${platform} is missing or empty.`);
  if (await files.isPrivate(token_file)) return secret;
  throw new Error(`Others can read ${token_file}, the secret of chat.${platform}: \`chmod 600\` it.`);
}

/** What somebody may do by the lists of the settings. */
export const roleIn = (
  { operators = [], viewers = [] }: Pick<TelegramSettings, 'operators' | 'viewers'>,
  { id }: ChatUser,
): ChatRole | undefined => {
  if (operators.includes(id)) return 'operator';
  return viewers.includes(id) ? 'viewer' : undefined;
};
