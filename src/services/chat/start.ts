import { join } from 'node:path';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Home } from '../home.ts';
import type { Service } from '../service.ts';
import type { Channel } from '../webhook.ts';
import type { World } from '../world.ts';
import type { Attach } from './attachments.ts';
import { createChatChannel } from './channel.ts';
import {
  type ChatSettings,
  type PlatformName,
  type PlatformSettings,
  roleIn,
  type SecretSource,
  type SharedSettings,
  secretOf,
} from './chat-settings.ts';
import { createJournal, type Journal } from './journal.ts';
import { createListener } from './listener.ts';
import type { ChatPlatform } from './platform.ts';
import { createChatRunner } from './runner.ts';

export interface ChatSeat {
  readonly kernel: Kernel;
  readonly home: Home;
  readonly name: string;
  readonly andon: string;
  readonly settings: ChatSettings;
  readonly attach: Attach;
}

export interface Chats {
  readonly channels: readonly Channel[];
  /** The services that hear, once it is known who may. */
  runners(mayListen: () => boolean): readonly Service[];
}

/** What an adapter is opened with. */
interface Tools {
  /** Throws what is wrong with a secret, in one sentence. */
  secret(source: SecretSource): Promise<string>;
  /** Where it keeps what it has confirmed and not yet done. */
  readonly journal: Journal;
  readonly download: World['download'];
}

/** How each platform is opened; only what is opened loads its library. It throws why it cannot be used. */
const openers: {
  readonly [Name in PlatformName]: (tools: Tools, settings: PlatformSettings[Name]) => Promise<ChatPlatform>;
} = {
  telegram: async ({ secret, download }, settings) => {
    const token = await secret(tokenOf('telegram', settings));
    const { createTelegram } = await import('./telegram.ts');
    return createTelegram({ token, api_root: settings.api_root, poll_seconds: 30, download });
  },
  slack: async ({ secret, journal }, settings) => {
    const { app_token_env, app_token_file, api_root } = settings;
    const token = await secret(tokenOf('slack', settings));
    const app = { setting: 'chat.slack.app_token', env: app_token_env, file: app_token_file };
    const app_token = await secret(app);
    const { createSlack } = await import('./slack.ts');
    return createSlack({ token, app_token, api_root, journal });
  },
};

const tokenOf = (name: PlatformName, { token_env, token_file }: SharedSettings): SecretSource => ({
  setting: `chat.${name}.token`,
  env: token_env,
  file: token_file,
});

interface Opened {
  readonly platform: ChatPlatform;
  readonly people: SharedSettings;
}

/** The chat platforms that the settings name. One that cannot be used is told of, and the others are. */
export async function openChats(world: World, seat: ChatSeat): Promise<Chats> {
  const names = Object.keys(seat.settings).filter(isPlatform);
  const tried = await Promise.all(names.map((name) => openOne(world, seat, name)));
  const opened = tried.filter((one) => one !== undefined);
  return {
    channels: opened.map(({ platform }) => createChatChannel(world, platform)),
    runners: (mayListen) => opened.map((one) => runnerFor(world, seat, one, mayListen)),
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
  const journal = createJournal(world, join(home.root, 'chats', name));
  return openers[name]({ secret, journal, download: world.download }, settings);
}

async function openOne<Name extends PlatformName>(
  world: World,
  { home, settings }: ChatSeat,
  name: Name,
): Promise<Opened | undefined> {
  const given: PlatformSettings[Name] | undefined = settings[name];
  if (given === undefined) return undefined;
  try {
    return { platform: await openPlatform(world, home, name, given), people: given };
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    world.log.error(`${name} is not used until the gateway starts anew: ${reason}`);
    return undefined;
  }
}

function runnerFor(
  world: World,
  seat: ChatSeat,
  { platform, people }: Opened,
  mayListen: () => boolean,
): Service {
  const roleOf = async (user: Parameters<typeof roleIn>[1]) => roleIn(people, user);
  const heard = createListener(world, { ...seat, platform, roleOf });
  return createChatRunner(world, { platform, mayListen, heard });
}
