import type { Sent } from '../../src/services/channel.ts';
import type { ChatFile, ChatMessage, ChatPlatform } from '../../src/services/chat/platform.ts';

/** A platform that keeps what it is given; it takes a message with the next of `answers`, and gladly when there is none. */
export function chatKeeper(own: Partial<ChatPlatform> = {}, answers: readonly Sent[] = []) {
  const messages: ChatMessage[] = [];
  const files: ChatFile[] = [];
  const platform: ChatPlatform = {
    name: 'telegram',
    listen: async () => {},
    send: async (_, message) => {
      messages.push(message);
      return answers[messages.length - 1] ?? { ok: true };
    },
    sendFiles: async (_, given) => void files.push(...given),
    ...own,
  };
  return { platform, messages, files };
}
