import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asMillis, defaultBoard } from '../../src/domain/ids.ts';
import { createDesktopChannel } from '../../src/services/destinations/desktop.ts';
import type { NtfySettings } from '../../src/services/destinations/destination-settings.ts';
import { createNtfyChannel } from '../../src/services/destinations/ntfy.ts';
import { retryAfterOf } from '../../src/services/retry-after.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { dueDelivery } from '../support/due-delivery.ts';
import { fakeNtfy } from '../support/ntfy-fake.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const world = nodeWorld({ log: quiet });

describe('a push by ntfy', () => {
  async function setting(own: Partial<NtfySettings> = {}, public_url?: string) {
    const server = await fakeNtfy({ onTestFinished });
    const settings = { server: server.url, token_env: 'TOKEN', ...own };
    const channel = createNtfyChannel(
      world,
      { TOKEN: server.token, OTHER: 'tk_wrong' },
      settings,
      public_url,
    );
    const send = (more: Parameters<typeof dueDelivery>[0] = {}) =>
      channel.send(defaultBoard, dueDelivery({ platform: 'ntfy', chat_id: 'deck', ...more }));
    return { server, send };
  }

  it('has title, words, sign, loudness and a link, and an id that stays', async () => {
    const { server, send } = await setting({}, 'https://board.example.org');
    expect(await send({ payload: { summary: 'All right.' } })).toEqual({ ok: true });
    expect(await send({ kind: 'gave_up', reminder: 1, id: 42, created_at: asMillis(65_000) })).toEqual({
      ok: true,
    });
    await send({ payload: { summary: 'All right.' } });
    const [done, gaveUp, again] = server.received('deck');
    expect(done).toMatchObject({
      title: 'Fix the login (t_1a2b3c4d)',
      message: '✔ @coder t_1a2b3c4d done: Fix the login\nAll right.',
      tags: ['white_check_mark', 'default'],
      priority: 3,
      click: 'https://board.example.org/#/board/default?task=default%3At_1a2b3c4d',
    });
    expect(done?.sequence_id).toMatch(/^[0-9a-f]{32}$/);
    expect(again?.sequence_id).toBe(done?.sequence_id);
    expect(gaveUp?.sequence_id).not.toBe(done?.sequence_id);
    expect(gaveUp).toMatchObject({ tags: ['x', 'default'], priority: 5 });
    expect(gaveUp?.message).toContain('Nobody has answered for 1m');
  });

  it('is louder for what waits for a person than for what goes on by itself', async () => {
    const { server, send } = await setting();
    const kinds = ['heartbeat', 'crashed', 'completed', 'blocked', 'budget_exceeded'];
    for (const kind of kinds) await send({ kind });
    expect(server.received('deck').map(({ priority }) => priority)).toEqual([1, 2, 3, 4, 5]);
    expect(server.received('deck')[0]).not.toHaveProperty('click');
  });

  it('fits, without a torn character', async () => {
    const { server, send } = await setting();
    const payload = { sentence: '🙂'.repeat(3000) };
    expect(await send({ kind: 'budget_warning', payload })).toEqual({ ok: true });
    const [push] = server.received('deck');
    expect(push?.message).toMatch(/^⚠ .*🙂…$/u);
    expect(push?.message).not.toContain('\uFFFD');
  });

  it('is tried again when that may help, after the time that the server asks for', async () => {
    const { server, send } = await setting();
    const headers = { 'retry-after': '7' };
    server.answer('deck', { status: 429, headers }, 400, 503, 'drop', 302);
    expect(await send()).toMatchObject({ ok: false, final: false, retryAfter: 7000 });
    expect(await send()).toMatchObject({ ok: false, final: true, error: 'ntfy answered 400: trouble 400.' });
    expect(await send()).toMatchObject({ ok: false, final: false });
    expect(await send()).toMatchObject({ ok: false, final: false });
    expect(await send()).toMatchObject({ ok: false, final: true });
    expect(await send()).toEqual({ ok: true });
    const stranger = await setting({ token_env: 'OTHER' });
    const sent = await stranger.send();
    expect(sent).toMatchObject({ ok: false, final: true, error: 'ntfy answered 403: forbidden.' });
    const unset = await setting({ token_env: 'MISSING' });
    expect(await unset.send()).toMatchObject({
      ok: false,
      final: false,
      error: 'The environment variable MISSING of ntfy.token_env is not set.',
    });
  });
});

it('the wish of a far side to wait is in seconds or a date, and an hour at most', () => {
  const now = asMillis(Date.UTC(2026, 0, 1));
  expect([null, '', 'soon', '0', '-3'].map((text) => retryAfterOf(text, now))).toEqual(
    Array(5).fill(undefined),
  );
  expect(retryAfterOf('1.5', now)).toBe(1500);
  expect(retryAfterOf('Thu, 01 Jan 2026 00:00:09 GMT', now)).toBe(9000);
  expect(retryAfterOf('99999', now)).toBe(3_600_000);
});

describe('a notification on the desktop', () => {
  /** A tool that writes down how it was called, and the channel that finds it. */
  function setting(name: string, end: string, system: string) {
    const folder = temporaryFolder();
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const path = join(bin, name);
    writeFileSync(path, `#!/bin/sh\nfor word; do printf '%s\\0' "$word"; done >"${folder}/said"\n${end}\n`);
    chmodSync(path, 0o755);
    const channel = createDesktopChannel(world, { PATH: `${bin}:${process.env['PATH']}` }, system);
    const send = (own: Parameters<typeof dueDelivery>[0] = {}) =>
      channel.send(defaultBoard, dueDelivery(own));
    return { send, said: () => readFileSync(join(folder, 'said'), 'utf8').split('\0').slice(0, -1) };
  }

  it('is shown by notify-send, which gets the words as they are and no tags', async () => {
    const { send, said } = setting('notify-send', 'exit 0', 'linux');
    const title = '--icon=x; `rm` $(rm) "<b>"';
    expect(await send({ kind: 'gave_up', title })).toEqual({ ok: true });
    expect(said()).toEqual([
      '--app-name=Andon',
      '--urgency=critical',
      '--',
      `Andon: ${title}`,
      '✖ @coder t_1a2b3c4d gave up: --icon=x; `rm` $(rm) "&lt;b&gt;"',
    ]);
  });

  it('is shown by osascript on macOS, as its arguments and not as its script', async () => {
    const { send, said } = setting('osascript', 'exit 0', 'darwin');
    expect(await send({ title: 'a "quoted" one' })).toEqual({ ok: true });
    expect(said().slice(-3)).toEqual([
      '--',
      'Andon: a "quoted" one',
      expect.stringContaining('a "quoted" one'),
    ]);
    expect(said().slice(0, -2).join(' ')).not.toContain('quoted');
  });

  it('is tried again when the tool fails, and given up with a word of help when there is none', async () => {
    const { send } = setting('notify-send', 'echo "No display." >&2; exit 3', 'linux');
    expect(await send()).toEqual({ ok: false, final: false, error: 'notify-send ended with 3: No display.' });
    const nobody = createDesktopChannel(world, { PATH: temporaryFolder() }, 'linux');
    const sent = await nobody.send(defaultBoard, dueDelivery({}));
    expect(sent).toMatchObject({ ok: false, final: true });
    expect(JSON.stringify(sent)).toContain(
      'need notify-send, which is not on the PATH of the gateway; install it',
    );
  });
});
