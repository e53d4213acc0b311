import type { ChatRole } from '../../domain/chat.ts';
import { kinds, type Zod } from '../strict-yaml.ts';
import type { ChatUser } from './platform.ts';

/** What every platform has under its name. */
export interface SharedSettings {
  /** Where its token is: an environment variable, or a file that its owner alone can read. */
  readonly token_env?: string | undefined;
  readonly token_file?: string | undefined;
  /** Ids of people who may work with tasks, and of those who may look. Nobody else is heard. */
  readonly operators?: readonly string[] | undefined;
  readonly viewers?: readonly string[] | undefined;
}

export interface TelegramSettings extends SharedSettings {
  readonly api_root?: string | undefined;
}

export interface SlackSettings extends SharedSettings {
  /** Over a socket unless said; `http`: Slack posts to `/chat/slack` of the gateway. */
  readonly mode?: 'socket' | 'http' | undefined;
  /** The token of the app itself, for the socket, and what Slack signs with, for HTTP. */
  readonly app_token_env?: string | undefined;
  readonly app_token_file?: string | undefined;
  readonly signing_secret_env?: string | undefined;
  readonly signing_secret_file?: string | undefined;
  readonly api_root?: string | undefined;
}

export interface DiscordSettings extends SharedSettings {
  readonly api_root?: string | undefined;
}

/** The platforms that there are, each with its settings. */
export interface PlatformSettings {
  readonly telegram: TelegramSettings;
  readonly slack: SlackSettings;
  readonly discord: DiscordSettings;
}
export type PlatformName = keyof PlatformSettings;

/** The `chat:` block of `andon.yaml`: each platform that stands here is used. */
export type ChatSettings = {
  readonly [Name in PlatformName]?: PlatformSettings[Name] | undefined;
};

export const chatSchema = (z: Zod) => {
  const { strict, line } = kinds(z);
  const url = z.url({ protocol: /^https?$/, error: 'an http or https address' });
  const id = z
    .union([z.string(), z.int()], { error: 'an id of a person, in quotes if it is long' })
    .transform(String);
  const people = z.array(id, { error: 'a list of ids of people' });
  const shared = {
    token_env: line.optional(),
    token_file: line.optional(),
    operators: people.optional(),
    viewers: people.optional(),
  };
  return strict({
    telegram: strict({ ...shared, api_root: url.optional() }).optional(),
    slack: strict({
      ...shared,
      mode: z.enum(['socket', 'http'], { error: 'socket or http' }).optional(),
      app_token_env: line.optional(),
      app_token_file: line.optional(),
      signing_secret_env: line.optional(),
      signing_secret_file: line.optional(),
      api_root: url.optional(),
    }).optional(),
    discord: strict({ ...shared, api_root: url.optional() }).optional(),
  });
};

/** What somebody may do by the lists of the settings. */
export const roleIn = (
  { operators = [], viewers = [] }: Pick<SharedSettings, 'operators' | 'viewers'>,
  { id }: ChatUser,
): ChatRole | undefined => {
  if (operators.includes(id)) return 'operator';
  return viewers.includes(id) ? 'viewer' : undefined;
};
