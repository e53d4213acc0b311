import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeMail } from '../support/mail-fake.ts';
import { fakeNtfy } from '../support/ntfy-fake.ts';
import { fakeTelegram } from '../support/telegram-fake.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import { place } from './command-line.ts';

const secret = `whsec_${Buffer.from('a secret of this test, long enough').toString('base64')}`;

describe('andon notify test', () => {
  it('tries everything that andon.yaml and subscriptions name, without a gateway', async () => {
    const receiver = await webhookReceiver({ onTestFinished }, secret);
    const mail = await fakeMail({ onTestFinished });
    const ntfy = await fakeNtfy({ onTestFinished }, { open: true });
    const telegram = await fakeTelegram({ onTestFinished });
    const { runWith, run, create, write } = place();
    const settings = {
      webhooks: { ops: { url: receiver.url('/ops'), secret_env: 'OPS_SECRET' } },
      email: { host: '127.0.0.1', port: mail.port, from: 'andon@example.org' },
      ntfy: { server: ntfy.url },
      chat: { telegram: telegram.settings },
    };
    write('andon.yaml', JSON.stringify(settings));
    const env = { OPS_SECRET: secret, ...telegram.env };
    const task = await create('Followed');
    for (const [platform, chat] of [
      ['email', 'ana@example.org'],
      ['ntfy', 'deck'],
      ['telegram', '7'],
    ] as const) {
      expect(await run('notify-subscribe', task, '--platform', platform, '--chat-id', chat)).toMatchObject({
        code: 0,
      });
    }
    const all = await runWith(env, 'notify', 'test');
    expect(all).toMatchObject({ code: 0, err: '' });
    expect(all.out.trim().split('\n').sort()).toEqual([
      'ok      email:ana@example.org',
      'ok      ntfy:deck',
      'ok      telegram:7',
      'ok      webhook:ops',
    ]);
    expect(receiver.received('/ops')[0]).toMatchObject({ type: 'task.test' });
    expect(mail.received('ana@example.org')[0]?.text).toContain('✔ A test: Andon can reach you here.');
    expect(ntfy.received('deck')).toHaveLength(1);
    expect(telegram.shown('7').map(({ text }) => text)).toEqual(['✔ A test: Andon can reach you here.']);

    // Whoever is named need not be subscribed.
    const named = await runWith(env, 'notify', 'test', 'email', 'ben@example.org', '--json');
    const ben = { platform: 'email', chat_id: 'ben@example.org', thread_id: '' };
    expect(JSON.parse(named.out)).toEqual([{ ...ben, ok: true, error: null }]);
    expect(mail.received('ben@example.org')).toHaveLength(1);
  });

  it('says of each what is wrong, and fails when one does', async () => {
    const receiver = await webhookReceiver({ onTestFinished }, secret);
    receiver.answer('/down', 500);
    const { runWith, run, write } = place();
    const hook = (path: string) => ({ url: receiver.url(path), secret_env: 'OPS_SECRET' });
    const settings = {
      webhooks: { ops: hook('/ops'), down: hook('/down') },
      email: { host: '127.0.0.1', from: 'andon@example.org' },
      chat: { telegram: { token_env: 'BOT_TOKEN' } },
    };
    write('andon.yaml', JSON.stringify(settings));
    const { code, out, err } = await runWith({ OPS_SECRET: secret }, 'notify', 'test');
    expect(code).toBe(1);
    expect(out.trim().split('\n').sort()).toEqual([
      'failed  telegram: The environment variable BOT_TOKEN of chat.telegram.token_env is not set.',
      'failed  webhook:down: The webhook answered 500.',
      'ok      webhook:ops',
    ]);
    expect(err).toContain('Nobody is subscribed by email yet; `andon notify test email CHAT` tries one.');
    expect(err).toContain('2 of 3 messages did not arrive.');
    const json = await runWith({ OPS_SECRET: secret }, 'notify', 'test', 'webhook', 'down', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject([
      { chat_id: 'down', ok: false, error: 'The webhook answered 500.' },
    ]);
    const unknown = await run('notify', 'test', 'pigeon');
    expect(unknown).toMatchObject({ code: 1, out: '' });
    expect(unknown.err).toContain('andon.yaml sets up webhook, email, telegram, not pigeon');
    expect(await run('notify', 'test', '--thread-id', '7')).toMatchObject({ code: 2, out: '' });
  });

  it('has nothing to try where nothing is set up', async () => {
    const { run } = place();
    const { code, err } = await run('notify', 'test');
    expect([code, err]).toEqual([1, expect.stringContaining('andon.yaml names nobody to tell')]);
  });
});

describe('a subscription', () => {
  it('is refused where andon.yaml says nothing of the place', async () => {
    const { run, create, write } = place();
    const task = await create('Followed');
    const subscribe = (platform: string, chat: string) =>
      run('notify-subscribe', task, '--platform', platform, '--chat-id', chat);
    for (const platform of ['email', 'ntfy', 'desktop']) {
      const { code, err } = await subscribe(platform, 'x');
      expect([code, err]).toEqual([1, expect.stringContaining(`andon.yaml has no \`${platform}:\``)]);
    }
    write('andon.yaml', 'email: {host: mail, from: a@b}\nntfy: {}\ndesktop: true\n');
    expect((await subscribe('email', 'ana')).err).toContain('must be an e-mail address, not ana.');
    expect((await subscribe('ntfy', 'a topic')).err).toContain('must be a topic of 1 to 64');
    for (const [platform, chat] of [
      ['email', 'ana@mail'],
      ['ntfy', 'a-topic'],
      ['desktop', 'here'],
    ] as const) {
      expect(await subscribe(platform, chat)).toMatchObject({ code: 0 });
    }
  });

  it('and the settings of a platform are held to their kinds', async () => {
    const { run, write } = place();
    const wrong = [
      ['email: {host: mail, from: nobody}', 'email.from must be an e-mail address'],
      ['email: {host: mail, from: a@b, port: 0}', 'email.port must be a whole number from 1'],
      ['ntfy: {server: "ftp://x"}', 'ntfy.server must be an http or https address'],
      ['hooks: {"Big One": {title: x}}', 'must be a map of names (a-z, 0-9, - and _) to hooks'],
      ['hooks: {ci: {secret_env: X}}', 'hooks.ci.title must be'],
      ['hooks: {ci: {title: "{{a"}}', 'hooks.ci.title must be a text whose fields look like {{issue.title}}'],
      ['hooks: {ci: {title: x, board: "a b"}}', 'hooks.ci.board must be the slug of a board'],
      ['hooks: {ci: {title: x, signature: none}}', 'hooks.ci.signature must be standard or github'],
    ] as const;
    for (const [text, sentence] of wrong) {
      write('andon.yaml', text);
      const { code, err } = await run('notify', 'test');
      expect([code, err]).toEqual([1, expect.stringContaining(sentence)]);
    }
  });
});
