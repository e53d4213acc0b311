import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defaultBoard } from '../../src/domain/ids.ts';
import type { DueDelivery } from '../../src/domain/view.ts';
import type { EmailSettings } from '../../src/services/destinations/destination-settings.ts';
import { createEmailChannel } from '../../src/services/destinations/email.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { dueDelivery } from '../support/due-delivery.ts';
import { fakeMail } from '../support/mail-fake.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const world = nodeWorld({ log: quiet });
const ana = 'ana@example.org';

/** A mail server, and a channel to it. */
async function setting({ login = false, ...more }: Partial<EmailSettings> & { login?: boolean } = {}) {
  const server = await fakeMail({ onTestFinished }, { login });
  const settings = { host: '127.0.0.1', port: server.port, from: 'andon@example.org', ...more };
  const channel = createEmailChannel(world, {
    settings,
    env: { MAIL: server.password, WRONG: 'a-wrong-password' },
    public_url: 'https://board.example.org/',
  });
  const send = (own: Parameters<typeof dueDelivery>[0] = {}, board = defaultBoard) =>
    channel.send(board, dueDelivery(own));
  return { server, send };
}

describe('an e-mail', () => {
  it('says what happened, in one thread for each task, with an id that stays', async () => {
    const { server, send } = await setting();
    const payload = { summary: 'Wörks.\nMore.' };
    const first: Partial<DueDelivery> = { title: 'Fix\nthe “login”' };
    expect(await send({ ...first, payload })).toEqual({ ok: true });
    expect(await send({ ...first, payload })).toEqual({ ok: true });
    expect(await send({ ...first, id: 42, kind: 'gave_up' })).toEqual({ ok: true });
    const [one, again, other] = server.received(ana);
    expect(one?.headers).toMatchObject({
      from: 'Andon <andon@example.org>',
      to: ana,
      subject: 'Fix the “login” (t_1a2b3c4d)',
      'message-id': '<andon.default.t_1a2b3c4d.41@example.org>',
      'in-reply-to': '<andon.default.t_1a2b3c4d@example.org>',
      references: '<andon.default.t_1a2b3c4d@example.org>',
      'auto-submitted': 'auto-generated',
    });
    expect(one?.text).toBe(
      [
        '✔ @coder t_1a2b3c4d done: Fix\nthe “login”',
        'Wörks.',
        '',
        '-- ',
        'Task t_1a2b3c4d on the board default: https://board.example.org/#/board/default?task=default%3At_1a2b3c4d',
      ].join('\n'),
    );
    expect(again?.headers['message-id']).toBe(one?.headers['message-id']);
    expect(other?.headers).toMatchObject({
      subject: one?.headers['subject'],
      references: one?.headers['references'],
      'message-id': '<andon.default.t_1a2b3c4d.42@example.org>',
    });
  });

  it('brings the files of a completion, and names those that it leaves', async () => {
    const { server, send } = await setting();
    const workspace_path = temporaryFolder();
    writeFileSync(join(workspace_path, 'a.txt'), 'A');
    writeFileSync(join(workspace_path, 'large.bin'), Buffer.alloc(11 * 1024 * 1024));
    const payload = { artifacts: ['a.txt', 'large.bin'] };
    expect(await send({ workspace_path, payload })).toEqual({ ok: true });
    const [mail] = server.received(ana);
    expect(mail?.files).toEqual([{ name: 'a.txt', text: 'A' }]);
    expect(mail?.text).toContain('\n\nLeft on the board: large.bin.\n\n-- \n');
  });

  it('goes without its files to a server that refuses them', async () => {
    const { server, send } = await setting();
    const workspace_path = temporaryFolder();
    writeFileSync(join(workspace_path, 'a.exe'), 'A');
    server.fail(ana, 'content 552');
    expect(await send({ workspace_path, payload: { artifacts: ['a.exe'] } })).toEqual({ ok: true });
    const [mail, ...more] = server.received(ana);
    expect([mail?.files, more]).toEqual([[], []]);
    expect(mail?.text).toContain('Left on the board: a.exe.');
  });

  it('is tried again after 4xx and a broken connection, and not after 5xx', async () => {
    const { server, send } = await setting();
    server.fail(ana, 451, 550, 'content 451', 'content 554', 'drop');
    expect(await send()).toMatchObject({
      ok: false,
      final: false,
      error: expect.stringContaining('451 No.'),
    });
    expect(await send()).toMatchObject({ ok: false, final: true, error: expect.stringContaining('550 No.') });
    expect(await send()).toMatchObject({ ok: false, final: false });
    expect(await send()).toMatchObject({ ok: false, final: true });
    expect(await send()).toMatchObject({ ok: false, final: false });
    await server.stop();
    expect(await send()).toMatchObject({
      ok: false,
      final: false,
      error: expect.stringContaining('cannot be reached'),
    });
    await server.start();
    expect(await send()).toEqual({ ok: true });
  });

  it('does not wait without end for a server that says nothing', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { send } = await setting({ port });
    expect(await send()).toMatchObject({ ok: false, final: false });
  });

  it('is not sent to what is no address', async () => {
    const { server, send } = await setting();
    const chat_id = 'ana@example.org\r\nBcc: eve@example.org';
    expect(await send({ chat_id })).toMatchObject({ ok: false, final: true });
    expect(server.received(ana)).toEqual([]);
  });
});

describe('the password of a mail server', () => {
  it('comes from the environment or a private file, and is read anew for each mail', async () => {
    const password_file = join(temporaryFolder(), 'password');
    const { server, send } = await setting({ login: true, user: 'andon', password_file });
    expect(await send()).toMatchObject({
      ok: false,
      final: false,
      error: expect.stringContaining('missing or empty'),
    });
    writeFileSync(password_file, `${server.password}\n`, { mode: 0o600 });
    expect(await send()).toEqual({ ok: true });
    chmodSync(password_file, 0o644);
    expect(await send()).toMatchObject({ ok: false, error: expect.stringContaining('chmod 600') });
    const other = await setting({ login: true, user: 'andon', password_env: 'MAIL' });
    expect(await other.send()).toEqual({ ok: true });
  });

  it('stands in no reason, also when the server repeats it', async () => {
    const { send } = await setting({ login: true, user: 'andon', password_env: 'WRONG' });
    const sent = await send();
    expect(sent).toMatchObject({ ok: false, final: true, error: expect.stringContaining('535') });
    expect(JSON.stringify(sent)).not.toContain('a-wrong-password');
  });

  it('is not said in the clear to another machine', async () => {
    // A name of this machine that is not told by its looks.
    const { server, send } = await setting({
      login: true,
      host: '0.0.0.0',
      user: 'andon',
      password_env: 'MAIL',
    });
    expect(await send()).toMatchObject({ ok: false, error: expect.stringContaining('begins no TLS') });
    expect(server.received(ana)).toEqual([]);
  });
});
