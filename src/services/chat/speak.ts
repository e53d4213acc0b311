import type { ChatRole } from '../../domain/chat.ts';
import type { Home } from '../home.ts';
import type { Words } from '../loop-turns.ts';
import type { Sent } from '../webhook.ts';
import type { World } from '../world.ts';
import { kanbanLine, runLine } from './command.ts';
import type { ChatPlatform, ChatUser } from './platform.ts';

/** A platform, and who may do what there. */
export interface SpokenPlatform {
  readonly platform: ChatPlatform;
  readonly roleOf: (user: ChatUser) => Promise<ChatRole | undefined>;
}

export interface SpeakOptions {
  readonly home: Home;
  readonly andon: string;
  readonly name: string;
  readonly platforms: ReadonlyMap<string, SpokenPlatform>;
}

/**
 * Says the words of a loop in its chat, as they are. A line for the board (`/kanban …`) is done instead, as if whoever made
 * the loop had said it now: with what they may do now, and its answer is what the chat is told.
 */
export const createSpeaker =
  (world: World, { home, andon, name, platforms }: SpeakOptions) =>
  async ({ id, place, text, user }: Words): Promise<Sent> => {
    const spoken = platforms.get(place.platform);
    if (spoken === undefined) {
      return { ok: false, final: true, error: `This gateway is not connected to ${place.platform}.` };
    }
    const { platform, roleOf } = spoken;
    const line = kanbanLine(text);
    if (line === undefined) return platform.send(place, { text });
    const role = user.id === null ? undefined : await roleOf({ id: user.id, name: user.name });
    if (role === undefined) {
      return { ok: false, final: true, error: `${user.name} may not speak to the board here any more.` };
    }
    const command = { id, place, user, role, profile: name, isLoop: true };
    return platform.send(place, { text: await runLine(world, { home, andon }, command, line) });
  };
