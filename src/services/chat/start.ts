import { join } from 'node:path';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Channel, Sent } from '../channel.ts';
import type { Home } from '../home.ts';
import type { Words } from '../loop-turns.ts';
import { type SecretSource, secretOf } from '../secret-source.ts';
import type { Service } from '../service.ts';
import type { World } from '../world.ts';
import type { Attach } from './attachments.ts';
import { createChatChannel } from './channel.ts';
import {
  type ChatSettings,
  type PlatformName,
  type PlatformSettings,
  roleIn,
  type SharedSettings,
  type SlackSettings,
} from './chat-settings.ts';
import { createJournal, type Journal } from './journal.ts';
import { type LatePlatform, openedLate } from './late.ts';
import { createListener } from './listener.ts';
import { roleOf } from './pairing.ts';
import type { ChatPlatform, Posted, Receipt } from './platform.ts';
import { createChatRunner } from './runner.ts';
import { createSpeaker, type SpokenPlatform } from './speak.ts';

export interface ChatSeat {
  readonly kernel: Kernel;
  readonly home: Home;
  readonly name: string;
  readonly andon: string;
  readonly settings: ChatSettings;
}

export interface Chats {
  readonly channels: readonly Channel[];
  /** Those that cannot be used yet, each with the reason. */
  readonly broken: readonly Broken[];
  /** The services that hear, once it is known who may. */
  runners(mayListen: () => boolean, attach: Attach): readonly Service[];
  /** Says what a loop says, where it says it. */
  speak(words: Words): Promise<Sent>;
  /** Those that are posted to, by name. */
  readonly receivers: Receivers;
}

export type Receivers = ReadonlyMap<string, (posted: Posted) => Promise<Receipt>>;
interface Broken {
  readonly name: string;
  readonly reason: string;
}

/** What an adapter is opened with. */
interface Tools {
  readonly world: World;
  /** Throws what is wrong with a secret, in one sentence. */
  secret(source: SecretSource): Promise<string>;
  /** A folder of its own in the home, for the user alone; it may have to be made. */
  readonly folder: string;
  /** Where it keeps what it has confirmed and not yet done: in that folder. */
  readonly journal: Journal;
}

/** How each platform is opened; only what is opened loads its library. It throws why it cannot be used. */
const openers: {
  readonly [Name in PlatformName]: (tools: Tools, settings: PlatformSettings[Name]) => Promise<ChatPlatform>;
} = {
  telegram: async ({ world, secret }, settings) => {
    const token = await secret(tokenOf('telegram', settings));
    const { createTelegram } = await import('./telegram.ts');
    const { download, after } = world;
    return createTelegram({ token, api_root: settings.api_root, poll_seconds: 30, download, after });
  },
  slack: async ({ world, secret, journal }, settings) => {
    const { mode, api_root } = settings;
    const token = await secret(tokenOf('slack', settings));
    const hears =
      mode === 'http'
        ? { signing_secret: await secret(signingSecretOf(settings)) }
        : { app_token: await secret(appTokenOf(settings)) };
    const { createSlack } = await import('./slack.ts');
    return createSlack({ token, hears, api_root, journal, now: world.now, download: world.download });
  },
  discord: async ({ world, secret, folder, journal }, settings) => {
    const token = await secret(tokenOf('discord', settings));
    const { createDiscord } = await import('./discord.ts');
    return createDiscord(world, { token, api_root: settings.api_root, folder, journal });
  },
};

const tokenOf = (name: PlatformName, { token_env, token_file }: SharedSettings): SecretSource => ({
  setting: `chat.${name}.token`,
  env: token_env,
  file: token_file,
});

const appTokenOf = ({ app_token_env, app_token_file }: SlackSettings): SecretSource => ({
  setting: 'chat.slack.app_token',
  env: app_token_env,
  file: app_token_file,
});

const signingSecretOf = ({ signing_secret_env, signing_secret_file }: SlackSettings): SecretSource => ({
  setting: 'chat.slack.signing_secret',
  env: signing_secret_env,
  file: signing_secret_file,
});

/** The chat platforms that the settings name. One that cannot be used yet is told of, and the others are. */
export async function openChats(world: World, seat: ChatSeat): Promise<Chats> {
  const names = Object.keys(seat.settings).filter(isPlatform);
  const opened = names.flatMap((name) => openOne(world, seat, name) ?? []);
  const broken: Broken[] = [];
  for (const { platform, problem } of opened) {
    const reason = await problem();
    if (reason === undefined) continue;
    broken.push({ name: platform.name, reason });
    world.log.error(`${platform.name} cannot be used yet and is tried again: ${reason}`);
  }
  return {
    broken,
    channels: opened.map(({ platform }) => createChatChannel(world, platform)),
    runners: (mayListen, attach) =>
      opened.map(({ platform, roleOf }) => {
        const heard = createListener(world, { ...seat, platform, roleOf, attach });
        return createChatRunner(world, { platform, mayListen, heard });
      }),
    speak: createSpeaker(world, {
      ...seat,
      platforms: new Map(opened.map((one) => [one.platform.name, one])),
    }),
    receivers: new Map(
      opened.flatMap(({ platform: { name, receive } }) =>
        receive === undefined ? [] : [[name, receive] as const],
      ),
    ),
  };
}

const isPlatform = (name: string): name is PlatformName => Object.hasOwn(openers, name);

/** The adapter of one platform, not yet connected; throws why it cannot be used, in one sentence. */
export async function openPlatform<Name extends PlatformName>(
  world: World,
  home: Pick<Home, 'root' | 'env'>,
  name: Name,
  settings: PlatformSettings[Name],
): Promise<ChatPlatform> {
  const secret = (source: SecretSource) => secretOf(world, home.env, source);
  const folder = join(home.root, 'chats', name);
  return openers[name]({ world, secret, folder, journal: createJournal(world, folder) }, settings);
}

function openOne<Name extends PlatformName>(
  world: World,
  { kernel, home, settings }: ChatSeat,
  name: Name,
): (SpokenPlatform & LatePlatform) | undefined {
  const given: PlatformSettings[Name] | undefined = settings[name];
  if (given === undefined) return undefined;
  const posts = 'mode' in given && given.mode === 'http';
  return {
    ...openedLate(name, posts, () => openPlatform(world, home, name, given)),
    roleOf: (user) => roleOf(kernel, name, user, roleIn(given, user)),
  };
}
