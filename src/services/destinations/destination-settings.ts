import { type BoardId, defaultBoard, parseBoardId } from '../../domain/ids.ts';
import type { EventFilter } from '../../domain/mapping.ts';
import { isTemplate } from '../../domain/mapping.ts';
import { kinds, type Zod } from '../strict-yaml.ts';

/** What `andon.yaml` says of the ways out that are no chats, and of the webhooks that come in. */
export interface DestinationSettings {
  /** Where signed messages are posted, by name. */
  readonly webhooks: Readonly<Record<string, { readonly url: string; readonly secret_env: string }>>;
  readonly email: EmailSettings | undefined;
  readonly ntfy: NtfySettings | undefined;
  /** Whether the desktop of the gateway's machine shows messages. */
  readonly desktop: boolean;
  /** Webhooks that come in, by the name in their address. */
  readonly hooks: Readonly<Record<string, HookSettings>>;
}

export interface EmailSettings {
  readonly host: string;
  /** 465 with `secure`, else 587, unless said. */
  readonly port?: number | undefined;
  /** TLS from the first byte; otherwise the connection is upgraded by STARTTLS. */
  readonly secure?: boolean | undefined;
  readonly user?: string | undefined;
  readonly password_env?: string | undefined;
  readonly password_file?: string | undefined;
  /** The address that messages come from. */
  readonly from: string;
}

export interface NtfySettings {
  readonly server: string;
  readonly token_env?: string | undefined;
  readonly token_file?: string | undefined;
}

/** A hook whose events become tasks: `title` and so on are templates (`domain/mapping.ts`). */
export interface HookSettings {
  readonly secret_env?: string | undefined;
  readonly secret_file?: string | undefined;
  /** How an event proves where it comes from: as Standard Webhooks say, or as GitHub does. */
  readonly signature: 'standard' | 'github';
  readonly board: BoardId;
  readonly when: EventFilter;
  readonly title: string;
  readonly body?: string | undefined;
  readonly assignee?: string | undefined;
  readonly tenant?: string | undefined;
  readonly priority?: number | undefined;
  readonly skills?: readonly string[] | undefined;
  readonly triage?: boolean | undefined;
}

export const destinationDefaults: DestinationSettings = {
  webhooks: {},
  email: undefined,
  ntfy: undefined,
  desktop: false,
  hooks: {},
};

/** Addresses as browsers take them in a form, so also those of one's own network (`ana@mail`). */
const addressOf = (z: Zod) =>
  z.email({ pattern: z.regexes.html5Email, error: 'an e-mail address' }).max(254, {
    error: 'an e-mail address of at most 254 characters',
  });

/** Topics as ntfy takes them. */
const topicOf = (z: Zod) => {
  const error = '1 to 64 letters, digits, - and _';
  return z.string({ error }).regex(/^[-_A-Za-z0-9]{1,64}$/, { error });
};

const environmentName = (z: Zod) => {
  const error = 'the name of an environment variable that holds the secret';
  return z.string({ error }).regex(/^[A-Za-z_]\w*$/, { error });
};

/** The keys that these settings are. */
export const destinationKeys = (z: Zod) => {
  const { strict, yesNo, whole, line } = kinds(z);
  const url = z.url({ protocol: /^https?$/, error: 'an http or https address' });
  const name = environmentName(z);
  const webhook = strict({ url, secret_env: name });
  const email = strict({
    host: line,
    port: whole(1).max(65_535, { error: 'a port from 1 to 65535' }).optional(),
    secure: yesNo.optional(),
    user: line.optional(),
    password_env: name.optional(),
    password_file: line.optional(),
    from: addressOf(z),
  });
  const ntfy = strict({
    server: url.default('https://ntfy.sh'),
    token_env: name.optional(),
    token_file: line.optional(),
  });
  return {
    webhooks: z.record(z.string(), webhook, { error: 'a map of names to {url, secret_env}' }).optional(),
    email: email.optional(),
    ntfy: ntfy.optional(),
    desktop: yesNo.optional(),
    hooks: hooksSchema(z).optional(),
  };
};

function hooksSchema(z: Zod) {
  const { strict, yesNo, line } = kinds(z);
  const name = environmentName(z);
  const template = line.refine(isTemplate, { error: 'a text whose fields look like {{issue.title}}' });
  const wanted = z
    .union([z.string(), z.number(), z.boolean()], { error: 'a text, a number, or true or false' })
    .transform(String);
  const values = z.union([wanted.transform((one) => [one]), z.array(wanted)], {
    error: 'a value or a list of them',
  });
  const board = z
    .string({ error: 'a board' })
    .transform((text) => parseBoardId(text))
    .refine((parsed) => parsed !== undefined, { error: 'the slug of a board' });
  const hook = strict({
    secret_env: name.optional(),
    secret_file: line.optional(),
    signature: z.enum(['standard', 'github'], { error: 'standard or github' }).default('standard'),
    board: board.default(defaultBoard),
    when: z.record(line, values, { error: 'a map of fields to values' }).default({}),
    title: template,
    body: template.optional(),
    assignee: template.optional(),
    tenant: template.optional(),
    priority: z.int({ error: 'a whole number' }).optional(),
    skills: z.array(line, { error: 'a list of skills' }).optional(),
    triage: yesNo.optional(),
  });
  const error = 'a map of names (a-z, 0-9, - and _) to hooks';
  return z.record(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, { error }), hook, { error });
}

/**
 * What speaks against telling somebody there, in one sentence; nothing for platforms that are known elsewhere. A message to a
 * place that `andon.yaml` does not know would never arrive.
 */
export async function wrongPlace(
  settings: DestinationSettings,
  platform: string,
  chat: string,
): Promise<string | undefined> {
  const { webhooks, email, ntfy, desktop } = settings;
  const { z } = await import('zod');
  switch (platform) {
    case 'webhook': {
      if (Object.hasOwn(webhooks, chat)) return undefined;
      const names = Object.keys(webhooks);
      const known = names.length === 0 ? 'there are none yet' : `there are ${names.join(', ')}`;
      return `The chat id of a webhook must be one that \`webhooks:\` in andon.yaml names (${known}), not ${chat}.`;
    }
    case 'email':
      if (email === undefined) return missing('email');
      if (addressOf(z).safeParse(chat).success) return undefined;
      return `The chat id of an e-mail must be an e-mail address, not ${chat}.`;
    case 'ntfy':
      if (ntfy === undefined) return missing('ntfy');
      if (topicOf(z).safeParse(chat).success) return undefined;
      return `The chat id of ntfy must be a topic of 1 to 64 letters, digits, - and _, not ${chat}.`;
    case 'desktop':
      return desktop ? undefined : missing('desktop');
    default:
      return undefined;
  }
}

const missing = (key: string): string =>
  `Nothing is sent by ${key} as long as andon.yaml has no \`${key}:\`; docs/notifications.md shows what to write there.`;
