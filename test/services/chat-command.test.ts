import { describe, expect, it } from 'vitest';
import type { ChatPin, ChatRole } from '../../src/domain/chat.ts';
import { asMillis, defaultBoard } from '../../src/domain/ids.ts';
import type { Sent } from '../../src/services/channel.ts';
import { runLine } from '../../src/services/chat/command.ts';
import { createSpeaker } from '../../src/services/chat/speak.ts';
import { openHome } from '../../src/services/home.ts';
import type { Words } from '../../src/services/loop-turns.ts';
import type { World } from '../../src/services/world.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { chatKeeper } from '../support/chat-keeper.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const place = { platform: 'telegram', chat_id: '7', thread_id: '' };
const user = { id: '42', name: 'ana' };

/** A world that keeps what it is told to run. */
function keeping(): { readonly world: World; readonly ran: string[][] } {
  const real = nodeWorld({ log: quiet });
  const ran: string[][] = [];
  const run: World['processes']['run'] = async ({ command: [, ...words] }) => {
    ran.push(words);
    return { code: 0, out: 'done\n', err: '' };
  };
  return { world: { ...real, processes: { ...real.processes, run } }, ran };
}

const seat = () => {
  const folder = temporaryFolder();
  return { home: openHome({ ANDON_HOME: folder }, folder), andon: 'andon' };
};

describe('a line for the board', () => {
  const say = async (role: ChatRole, line: string) => {
    const { world, ran } = keeping();
    const command = { id: 'telegram:1', place, user, role, profile: 'default' };
    return { answer: await runLine(world, seat(), command, line), ran };
  };

  it.each(['deliveries --all', 'deliveries --retry 5', '--board web deliveries --retry=5'])(
    'of a viewer who only looks sends nothing again: %s',
    async (line) => {
      const { answer, ran } = await say('viewer', line);
      expect(answer).toBe('You may look, and `deliveries` changes something.');
      expect(ran).toEqual([]);
      expect((await say('operator', line)).ran).toHaveLength(1);
    },
  );

  it('of a viewer shows what has failed', async () => {
    expect((await say('viewer', 'deliveries --failed')).ran).toEqual([['deliveries', '--failed']]);
  });

  it.each([
    'specify t_1a2b3c4d --body-file /etc/passwd',
    'specify t_1a2b3c4d --body-file=/etc/passwd',
    'specify t_1a2b3c4d --tenant -- --body-file /etc/passwd',
  ])('reads no file of the machine: %s', async (line) => {
    const { answer, ran } = await say('operator', line);
    expect(answer).toBe('`--body-file` reads a file of the machine, which a chat does not.');
    expect(ran).toEqual([]);
  });
});

describe('what a loop says in a chat', () => {
  function setting(answers: readonly Sent[], pin: ChatPin | null = null) {
    const { world, ran } = keeping();
    const { platform, messages } = chatKeeper({}, answers);
    const speak = createSpeaker(world, {
      ...seat(),
      ...{ name: 'default', kernel: { chatPin: async () => ({ ok: true, value: pin }) } },
      platforms: new Map([['telegram', { platform, roleOf: async () => 'operator' }]]),
    });
    return {
      ran,
      messages,
      say: (text: string, who: Words['user'] = user) =>
        speak({ id: 'loop:a3f1c2:1', place, text, user: who }),
    };
  }
  const busy: Sent = { ok: false, final: false, error: 'Telegram answered 429' };

  it('is done once, however often the chat does not take the answer', async () => {
    const { ran, messages, say } = setting([busy, busy]);
    const line = '/kanban comment t_1a2b3c4d "still here"';
    expect(await say(line)).toEqual(busy);
    expect(await say(line)).toEqual(busy);
    expect(await say(line)).toEqual({ ok: true });
    expect(ran).toEqual([['comment', 't_1a2b3c4d', 'still here']]);
    expect(messages.map(({ text, key }) => [text, key])).toEqual(Array(3).fill(['done', 'loop:a3f1c2:1']));
  });

  it('is about the board that the chat is about', async () => {
    const pin = { ...place, board: defaultBoard, workspace: null, pinned_by: 'ana', pinned_at: asMillis(1) };
    const { ran, say } = setting([], pin);
    await say('/kanban stats');
    expect(ran).toEqual([['--board', 'default', 'stats']]);
  });

  it('is no line for the board when nobody of the chat has made it, and says so', async () => {
    const { ran, say } = setting([]);
    const error = expect.stringContaining('make it in the chat, with `/loop`');
    expect(await say('/kanban stats', { id: null, name: 'bob' })).toEqual({ ok: false, final: true, error });
    expect(await say('Stand up!', { id: null, name: 'bob' })).toEqual({ ok: true });
    expect(ran).toEqual([]);
  });

  it('has a key, by which a platform that heeds it shows it once', async () => {
    const { messages, say } = setting([]);
    await say('Stand up!');
    expect(messages).toEqual([{ text: 'Stand up!', key: 'loop:a3f1c2:1' }]);
  });
});
