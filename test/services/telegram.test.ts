import { expect, it } from 'vitest';
import { openPlatform } from '../../src/services/chat/start.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { fakeTelegram } from '../support/telegram-fake.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Contract §7.4. What every adapter does: `chat-conformance.test.ts`. */
it('brings pictures, videos and documents, and one that fails keeps back no other', async (test) => {
  const chat = await fakeTelegram(test);
  const home = { root: temporaryFolder(test), env: chat.env };
  const platform = await openPlatform(nodeWorld({ log: quiet }), home, chat.name, chat.settings);
  const place = { platform: chat.name, chat_id: chat.group, thread_id: chat.thread };
  const bytes = new TextEncoder().encode('content');
  const files = ['a.png', 'b.txt', 'c.mp4', 'd.md'].map((name) => ({ name, bytes }));
  chat.fail('file', { status: 400 }, 'b.txt');
  await expect(platform.sendFiles(place, files)).rejects.toThrow();
  expect(chat.shown().map(({ file }) => file)).toEqual(['a.png', 'c.mp4', 'd.md']);
});
