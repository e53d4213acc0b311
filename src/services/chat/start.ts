import type { Kernel } from '../../kernel/kernel.ts';
import type { Home } from '../home.ts';
import type { Service } from '../service.ts';
import type { Channel } from '../webhook.ts';
import type { World } from '../world.ts';
import { createChatChannel } from './channel.ts';
import { type ChatSettings, roleIn, secretOf } from './chat-settings.ts';
import { createListener } from './listener.ts';
import type { ChatPlatform } from './platform.ts';
import { createChatRunner } from './runner.ts';
import { createTelegram } from './telegram.ts';

export interface ChatSeat {
  readonly kernel: Kernel;
  readonly home: Home;
  readonly name: string;
  readonly andon: string;
  readonly settings: ChatSettings;
}

export interface Chats {
  readonly channels: readonly Channel[];
  /** The services that hear, once it is known who may. */
  runners(mayListen: () => boolean): readonly Service[];
}

const pollSeconds = 30;

/** The chat platforms that the settings name. This file alone brings their libraries. */
export async function openChats(world: World, seat: ChatSeat): Promise<Chats> {
  const { telegram } = seat.settings;
  if (telegram === undefined) return { channels: [], runners: () => [] };
  const token = await secretOf(world, seat.home.env, 'telegram', telegram).catch((error: unknown) => {
    world.log.error(error instanceof Error ? error.message : String(error));
    return undefined;
  });
  if (token === undefined) return { channels: [], runners: () => [] };
  const platform = createTelegram({ token, api_root: telegram.api_root, poll_seconds: pollSeconds });
  return {
    channels: [createChatChannel(world, platform)],
    runners: (mayListen) => [runnerFor(world, seat, platform, mayListen)],
  };
}

function runnerFor(world: World, seat: ChatSeat, platform: ChatPlatform, mayListen: () => boolean): Service {
  const lists = seat.settings.telegram ?? {};
  const roleOf = async (user: Parameters<typeof roleIn>[1]) => roleIn(lists, user);
  const heard = createListener(world, { ...seat, platform, roleOf });
  return createChatRunner(world, { platform, mayListen, heard });
}
