import type { ChatRole } from '../../domain/chat.ts';
import { homeBoard } from '../../domain/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Sent } from '../channel.ts';
import type { Home } from '../home.ts';
import type { Words } from '../loop-turns.ts';
import type { World } from '../world.ts';
import { kanbanLine, runLine } from './command.ts';
import type { ChatPlatform, ChatUser } from './platform.ts';

/** A platform, and who may do what there. */
export interface SpokenPlatform {
  readonly platform: ChatPlatform;
  readonly roleOf: (user: ChatUser) => Promise<ChatRole | undefined>;
}

export interface SpeakOptions {
  readonly kernel: Pick<Kernel, 'chatPin'>;
  readonly home: Home;
  readonly andon: string;
  readonly name: string;
  readonly platforms: ReadonlyMap<string, SpokenPlatform>;
}

const nobodys =
  'A line for the board is done for somebody of the chat, and this loop was made on the command line: make it in the chat, with `/loop`.';

/**
 * Says the words of a loop in its chat, as they are. A line for the board (`/kanban …`) is done instead, as if whoever made
 * the loop had said it now: with what they may do now, and its answer is what the chat is told.
 */
export function createSpeaker(
  world: World,
  { kernel, home, andon, name, platforms }: SpeakOptions,
): (words: Words) => Promise<Sent> {
  /** Answers that the platform has not taken yet: what was done for them is not done again. */
  const untaken = new Map<string, string>();

  const answerTo = async ({ id, place, user }: Words, role: ChatRole, line: string): Promise<string> => {
    const pinned = await kernel.chatPin(homeBoard, place);
    const pin = pinned.ok ? pinned.value : null;
    const command = { id, place, user, role, profile: name, isLoop: true, pin };
    return runLine(world, { home, andon }, command, line);
  };

  return async (words) => {
    const { id: key, place, text, user } = words;
    const spoken = platforms.get(place.platform);
    if (spoken === undefined) {
      return { ok: false, final: true, error: `This gateway is not connected to ${place.platform}.` };
    }
    const { platform, roleOf } = spoken;
    const line = kanbanLine(text);
    if (line === undefined) return platform.send(place, { text, key });
    if (user.id === null) return { ok: false, final: true, error: nobodys };
    const role = await roleOf({ id: user.id, name: user.name });
    if (role === undefined) {
      return { ok: false, final: true, error: `${user.name} may not speak to the board here any more.` };
    }
    const answer = untaken.get(key) ?? (await answerTo(words, role, line));
    untaken.set(key, answer);
    const sent = await platform.send(place, { text: answer, key });
    if (sent.ok || sent.final) untaken.delete(key);
    return sent;
  };
}
