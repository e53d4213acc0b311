import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asEventId, asSeconds, asTaskId, defaultBoard } from '../../src/domain/ids.ts';
import type { DueDelivery } from '../../src/domain/view.ts';
import { createChatChannel } from '../../src/services/chat/channel.ts';
import { createChatRunner } from '../../src/services/chat/runner.ts';
import { secretOf } from '../../src/services/secret-source.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { chatKeeper } from '../support/chat-keeper.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const world = nodeWorld({ log: quiet });

describe('the secret of a platform', () => {
  const setting = 'chat.telegram.token';

  it('comes from the environment', async () => {
    const named = { setting, env: 'BOT', file: undefined };
    expect(await secretOf(world, { BOT: ' 42:x ' }, named)).toBe('42:x');
    await expect(secretOf(world, {}, named)).rejects.toThrow(
      'The environment variable BOT of chat.telegram.token_env is not set.',
    );
    await expect(secretOf(world, {}, { ...named, env: undefined })).rejects.toThrow(
      'needs chat.telegram.token_env or chat.telegram.token_file',
    );
  });

  it('comes from a file that nobody else can read', async () => {
    const file = join(temporaryFolder(), 'token');
    const read = () => secretOf(world, {}, { setting, env: undefined, file });
    await expect(read()).rejects.toThrow('is missing or empty');
    writeFileSync(file, '42:x\n', { mode: 0o600 });
    expect(await read()).toBe('42:x');
    chmodSync(file, 0o640);
    await expect(read()).rejects.toThrow(/^Others can read .*chmod 600/);
  });
});

const delivery = (
  workspace_path: string,
  kind: string,
  payload: DueDelivery['event']['payload'],
): DueDelivery => ({
  ...{ task_id: asTaskId('t_1a2b3c4d'), platform: 'telegram', chat_id: '7', thread_id: '' },
  ...{
    id: 1,
    event_id: asEventId(3),
    reminder: 0,
    state: 'pending',
    attempts: 0,
    last_error: null,
    sent_at: null,
  },
  ...{ next_try_at: world.now(), created_at: world.now() },
  ...{ delivery_mode: 'notify', delivery_metadata: null, last_ping_event_id: asEventId(0) },
  event: {
    id: asEventId(3),
    task_id: asTaskId('t_1a2b3c4d'),
    run_id: null,
    kind,
    payload,
    created_at: asSeconds(1),
  },
  ...{ title: 'Report', assignee: null, result: null, spent: null, workspace_path },
});

describe('what a chat is told of an event', () => {
  it('has the buttons of its kind, each with all that its press needs', async () => {
    const { platform, messages } = chatKeeper();
    const sent = await createChatChannel(world, platform).send(defaultBoard, delivery('/', 'blocked', null));
    expect(sent).toEqual({ ok: true });
    expect(messages[0]?.buttons?.[1]).toEqual({ label: 'Unblock', data: 'unblock 3 t_1a2b3c4d default' });
  });

  it('has a key also when it tells of several, by which a platform shows it once', async () => {
    const { platform, messages } = chatKeeper();
    const [one, two] = [1, 2].map((id) => ({ ...delivery('/', 'blocked', null), id }));
    const { sendDigest } = createChatChannel(world, platform);
    for (const told of [[one, two], [one, two], [one]]) {
      await sendDigest?.(
        defaultBoard,
        told.filter((each) => each !== undefined),
      );
    }
    const keys = messages.map(({ key }) => key);
    expect(keys[0]).toEqual(expect.any(String));
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it('brings the files that a completion names, from inside the workspace alone', async () => {
    const folder = temporaryFolder();
    const workspace = join(folder, 'work');
    mkdirSync(workspace);
    writeFileSync(join(workspace, 'a.txt'), 'A');
    writeFileSync(join(workspace, 'b.png'), 'B');
    writeFileSync(join(workspace, 'empty'), '');
    writeFileSync(join(folder, 'secret'), 'not for chats');
    symlinkSync(join(folder, 'secret'), join(workspace, 'link'));
    const { platform, files } = chatKeeper();
    const artifacts = [
      'a.txt',
      join(workspace, 'link'),
      join(folder, 'secret'),
      '../secret',
      'empty',
      'gone',
      7,
    ];
    const summary = `See ${join(workspace, 'b.png')}, and ${join(workspace, 'a.txt')}.`;
    const completed = delivery(workspace, 'completed', { artifacts, summary });
    await createChatChannel(world, platform).send(defaultBoard, completed);
    expect(files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])).toEqual([
      ['a.txt', 'A'],
      ['b.png', 'B'],
    ]);
  });

  it('brings no more at once than a gateway should hold in memory', async () => {
    const workspace = temporaryFolder();
    for (const name of ['a.bin', 'b.bin', 'c.txt']) {
      writeFileSync(join(workspace, name), name);
      // Holes, which take no room on the disk.
      if (name !== 'c.txt') truncateSync(join(workspace, name), 30 * 1024 * 1024);
    }
    const { platform, files } = chatKeeper();
    const completed = delivery(workspace, 'completed', { artifacts: ['a.bin', 'b.bin', 'c.txt'] });
    await createChatChannel(world, platform).send(defaultBoard, completed);
    expect(files.map(({ name }) => name)).toEqual(['a.bin', 'c.txt']);
  });

  it('has arrived when its files have not, so that it is not told twice', async () => {
    const workspace = temporaryFolder();
    writeFileSync(join(workspace, 'a.txt'), 'A');
    const sendFiles = () => Promise.reject(new Error('Too large.'));
    const { platform, messages } = chatKeeper({ sendFiles });
    const completed = delivery(workspace, 'completed', { artifacts: ['a.txt'] });
    expect(await createChatChannel(world, platform).send(defaultBoard, completed)).toEqual({ ok: true });
    expect(messages).toHaveLength(1);
  });
});

it('a platform is tried again ever more slowly, and stops at once', async () => {
  const waits: number[] = [];
  const pending: (() => void)[] = [];
  const moved = {
    ...world,
    after: (delay: number, callback: () => void) => {
      waits.push(delay);
      pending.push(callback);
      return () => {};
    },
  };
  let tries = 0;
  const { platform } = chatKeeper({
    listen: (signal) => {
      tries += 1;
      if (tries < 9) return Promise.reject(new Error('Nobody there.'));
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  });
  const runner = createChatRunner(moved, { platform, mayListen: () => true, heard: async () => {} });
  await runner.start();
  while (tries < 9) {
    await new Promise((resolve) => setImmediate(resolve));
    for (const callback of pending.splice(0)) callback();
  }
  // Beside its looks at whether it may still listen, one each second.
  expect(waits.filter((delay) => delay > 1000)).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  await runner.stop();
  expect(tries).toBe(9);
});
