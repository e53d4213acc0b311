import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { asTaskId, defaultBoard, type TaskId } from '../../src/domain/ids.ts';
import { value } from '../support/board.ts';
import type { ChatFake, OpenFake, Shown } from '../support/chat-fake.ts';
import { chatFigures } from '../support/chat-figures.ts';
import { chatPlatforms } from '../support/chat-platforms.ts';
import { type GatewayHome, gatewayHome } from '../support/gateway-home.ts';
import { fakeSlack } from '../support/slack-fake.ts';
import { fakeTelegram } from '../support/telegram-fake.ts';
import { until } from '../support/until.ts';

const operator = 7;
const viewer = 8;

const figures = chatFigures();
afterAll(() => console.log(figures.lines().join('\n')));

interface Setting {
  readonly home: GatewayHome;
  readonly chat: ChatFake;
  readonly inThread: () => readonly Shown[];
}

/** A worker that asks first, and when it was answered leaves a file. */
const asks = `
case "$(andon context "$ANDON_TASK")" in
*"The left one"*)
  printf 'It was the left one.' >"$ANDON_WORKSPACE/report.txt"
  andon complete "$ANDON_TASK" --summary "Done, see $ANDON_WORKSPACE/report.txt" ;;
*) andon block "$ANDON_TASK" "Left or right?" ;;
esac`;

/** A worker that asks at its first run, when it may. */
const twice = `
wait_for go
if [ -e "$ANDON_HOME/asked" ]; then andon complete "$ANDON_TASK" --summary "all done"
else touch "$ANDON_HOME/asked"; andon block "$ANDON_TASK" "Sure?"; fi`;

async function setting(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  fake: OpenFake,
): Promise<Setting> {
  const chat = figures.counted(await fake({ onTestFinished }));
  const people = { operators: [chat.idOf(operator)], viewers: [chat.idOf(viewer)] };
  const home = gatewayHome(
    { onTestFinished },
    {
      settings: { chat: { [chat.name]: { ...chat.settings, ...people } } },
      workers: { asks, twice, quick: 'andon complete "$ANDON_TASK" --summary "all done"' },
      env: chat.env,
    },
  );
  // Before the home is closed: what is begun last ends first.
  onTestFinished(() => figures.take(chat, home.kernel));
  return { home, chat, inThread: () => chat.shown(chat.group) };
}

const tasksOf = async (home: GatewayHome) => value(await home.kernel.list(defaultBoard, {}));
const created = (message: Shown): TaskId => asTaskId(/Created (t_\w+)/.exec(message.text)?.[1] ?? 'none');
const textsOf = (all: readonly Shown[]): string[] => all.map(({ text }) => text.split('\n')[0] ?? '');
const keepsSecrets = (chat: ChatFake, said: string): void => {
  for (const secret of chat.secrets) expect(said).not.toContain(secret);
};

describe.each(chatPlatforms)('a task from a thread of $name', ({ fake }) => {
  it.concurrent('is worked on, asks back by a button, goes on with the answer, and brings its file', async (test) => {
    const { home, chat, inThread } = await setting(test, fake);
    const { group, thread } = chat;
    const gateway = await home.gateway();
    const said = chat.says('/kanban create "Choose a side" --assignee asks --workspace dir:/tmp');
    const answer = await chat.waitFor('it was made', ({ text }) => text.startsWith('Created'));
    expect(answer).toMatchObject({ chat: group, thread, answers: chat.quotes ? said : null });
    expect(answer.text).toContain('(subscribed');
    const task = created(answer);

    const blocked = await chat.waitFor('it asks', ({ text }) => text.includes('blocked: Left or right?'));
    expect(blocked).toMatchObject({ chat: group, thread, kind: 'text' });
    expect(blocked.buttons.map(({ label }) => label)).toEqual(['Answer', 'Unblock', 'Reassign']);
    chat.presses(operator, blocked, 'Answer');
    const question = await chat.waitFor('it asks for words', ({ text }) => text.startsWith('Your answer'));
    chat.says('The left one', { answers: question });
    await chat.waitFor('the answer was taken', ({ text }) => text.startsWith(`user${operator} answered`));

    const file = await chat.waitFor('the file came', ({ kind }) => kind === 'file');
    expect(file).toMatchObject({ thread, file: 'report.txt', text: 'It was the left one.' });
    // A late press does nothing, and says why.
    chat.presses(operator, blocked, 'Unblock');
    await until('the late press was answered', () => chat.told().some((text) => text.includes('moved on')));
    const view = await home.show(task);
    expect(view.comments.at(-1)).toMatchObject({
      author: `user7 (${chat.name})`,
      body: 'UNBLOCK: The left one',
    });
    expect(textsOf(inThread())).toEqual([
      expect.stringMatching(/^Created/),
      expect.stringMatching(/^⏸ @asks t_\w+ blocked: Left or right\?/),
      `Your answer for ${task}, as a reply to this message.`,
      `user7 answered`,
      expect.stringMatching(/^✔ @asks t_\w+ done: Choose a side/),
      'It was the left one.',
    ]);
    keepsSecrets(chat, gateway.said());
  });

  it.concurrent('is made, asked and told once, though a gateway dies at each step', async (test) => {
    const { home, chat, inThread } = await setting(test, fake);
    const dies = async (gateway: { crash(): Promise<void> }, step: string): Promise<void> => {
      await until(step, () => chat.ahead() === 0, 20_000);
      await gateway.crash();
    };
    // Each gateway dies while the platform keeps it waiting, before it can note what it did.
    chat.fail('send', 'hang', 'Created');
    let gateway = await home.gateway();
    chat.says('/kanban create "Choose a side" --assignee twice');
    // A worker that is not started yet would be another story.
    await until('it is worked on', () => home.ledger().length === 1, 20_000);
    await dies(gateway, 'it was made');
    chat.fail('send', 'hang', '⏸');
    gateway = await home.gateway();
    await chat.waitFor('it was made', ({ text }) => text.startsWith('Created'));
    home.write('go');
    await dies(gateway, 'it asks');
    gateway = await home.gateway();
    const blocked = await chat.waitFor('it asks', ({ text }) => text.startsWith('⏸'));
    chat.fail('answer', 'hang');
    chat.fail('send', 'hang', '✔');
    chat.presses(operator, blocked, 'Unblock');
    await dies(gateway, 'it was pressed, and went on');
    await home.gateway();
    await chat.waitFor('it is told', ({ text }) => text.startsWith('✔'));

    const [task, ...others] = await tasksOf(home);
    expect(others).toEqual([]);
    expect(home.starts(task?.id ?? asTaskId('none'))).toBe(2);
    expect(textsOf(inThread())).toEqual([
      expect.stringMatching(/^Created/),
      expect.stringMatching(/^⏸ @twice/),
      expect.stringMatching(/^✔ @twice/),
    ]);
    expect(inThread().every((message) => message.thread === chat.thread)).toBe(true);
    // The press that came again found it done.
    await until('the second press is answered', () => chat.told().length > 0, 20_000);
    expect(chat.told()).toEqual([expect.stringContaining('unblocked it already')]);
  }, 90_000);

  it.concurrent('is told though the platform refuses, fails, breaks off and starts anew', async (test) => {
    const { home, chat, inThread } = await setting(test, fake);
    const gateway = await home.gateway();
    chat.fail('send', { status: 429, retry_after: 1 }, '✔ @quick t_');
    chat.fail('send', { status: 500 }, '✔ @quick t_');
    chat.fail('send', 'drop', '✔ @quick t_');
    chat.fail('send', { status: 500 }, 'Created');
    for (const title of ['One', 'Two', 'Three', 'Four']) chat.says(`@quick ${title}`);
    const made = () => inThread().filter(({ text }) => text.startsWith('Created'));
    // An answer is tried three times; what is told of an event, for a day.
    await until('each create is answered', () => made().length >= 4, 30_000);
    await until('the troubles were met', () => chat.ahead() === 0, 20_000);
    await chat.stop();
    await until('it is seen', () => gateway.said().includes(`${chat.name} is not connected`), 20_000);
    await chat.start();
    const told = () => inThread().filter(({ text }) => text.startsWith('✔'));
    const titles = () => [...new Set(told().map(({ text }) => /done: (\w+)/.exec(text)?.[1]))].sort();
    await until('all are told', () => titles().length === 4, 45_000);
    // What was taken, and broken off before the answer, may come twice; nothing else does.
    expect(told().length).toBeLessThanOrEqual(5);
    expect(made()).toHaveLength(4);
    const all = await until(
      'all arrived',
      async () => {
        const found = value(await home.kernel.deliveries(defaultBoard, { limit: 10 }));
        return found.every(({ state }) => state === 'sent') && found;
      },
      45_000,
    );
    const failed = all.reduce((sum, { attempts }) => sum + attempts - 1, 0);
    expect(failed).toBeGreaterThanOrEqual(3);
  }, 90_000);

  it.concurrent('says below a message who pressed what, and gives a task to another', async (test) => {
    const { home, chat } = await setting(test, fake);
    await home.gateway();
    chat.says('@asks Choose');
    const blocked = await chat.waitFor('it asks', ({ text }) => text.startsWith('⏸'));
    chat.presses(viewer, blocked, 'Reassign');
    await until('a viewer may not', () => chat.told().includes('You may not press this.'));
    chat.presses(operator, blocked, 'Reassign');
    const offer = await chat.waitFor('it offers', ({ text }) => text.startsWith('Who gets'));
    expect(offer.buttons.map(({ label }) => label).sort()).toEqual(['asks', 'quick', 'twice']);
    chat.presses(operator, offer, 'quick');
    await chat.waitFor('it is done', ({ text }) => text.startsWith('✔ @quick'));
    await until('it says so', () => chat.edited(offer));
    expect(chat.edited(offer)).toBe(`${offer.text}\n↳ user7 gave it to quick`);
    expect(chat.edited(blocked)).toBeUndefined();
  });

  it.concurrent('does not wait for another chat that hangs', async (test) => {
    const { home, chat } = await setting(test, fake);
    const elsewhere = chat.aloneWith(99);
    chat.fail('send', 'hang', elsewhere);
    const hanging = await home.create('quick', '--initial-status', 'blocked');
    await home.andon('notify-subscribe', hanging, '--platform', chat.name, '--chat-id', elsewhere);
    await home.gateway();
    await home.andon('complete', hanging);
    chat.says('@quick Do it\nwith care');
    const made = await chat.waitFor('it was made', ({ text }) => text.startsWith('Created'));
    const done = await chat.waitFor('it is told', ({ text }) => text.startsWith('✔ @quick'));
    expect(done.at - made.at).toBeLessThan(5000);
    expect((await home.show(created(made))).task).toMatchObject({ title: 'Do it', body: 'with care' });
    expect(chat.shown(elsewhere)).toEqual([]);
  });

  it.concurrent('is for operators to work with, for viewers to look at, and nothing to strangers', async (test) => {
    const { home, chat } = await setting(test, fake);
    const alone = (user: number, text: string) => chat.says(text, { user, where: 'alone' });
    const task = await home.create('asks', '--initial-status', 'blocked');
    await home.gateway();
    alone(viewer, `/kanban show ${task}`);
    const isTo = (user: number) => (shown: Shown) => shown.chat === chat.aloneWith(user);
    expect((await chat.waitFor('it is shown', isTo(viewer))).text).toContain(task);
    alone(viewer, `/kanban unblock ${task}`);
    await chat.waitFor('it is refused', ({ text }) => text.startsWith('You may look'));
    alone(9, '/kanban list');
    expect((await chat.waitFor('a stranger is told', isTo(9))).text).toContain(`Your id is ${chat.idOf(9)};`);
    alone(operator, '/kanban');
    const help = await chat.waitFor('help', ({ text }) => text.startsWith('/kanban VERB'));
    expect(help.buttons).toEqual([]);
    alone(operator, '/kanban gateway stop');
    await chat.waitFor('it is refused', ({ text }) => text.includes('There is no `gateway` in chats'));
    alone(operator, '/kanban create');
    await chat.waitFor('usage', ({ text }) => /usage error\n.*title/.test(text));
    alone(operator, '/kanban create "never closed');
    await chat.waitFor('quotes', ({ text }) => text.endsWith('A quote is never closed.'));
    // As a telephone writes it.
    alone(operator, '/kanban show “not a task” —json');
    await chat.waitFor('it is understood', ({ text }) => text.includes('No task not a task on this board'));
    expect((await home.show(task)).task.status).toBe('blocked');
  });

  it.concurrent('is worked on while the platform cannot be reached, which is tried again', async (test) => {
    const { home, chat } = await setting(test, fake);
    await chat.stop();
    const gateway = await home.gateway();
    const task = await home.create('quick');
    await home.reaches(task, 'done');
    const words = `${chat.name} is not connected and is tried again`;
    await until('it is said', () => gateway.said().includes(words));
    await chat.start();
    chat.says('/kanban list', { where: 'alone' });
    await chat.waitFor('it is heard', (shown) => shown.chat === chat.aloneWith(operator));
    keepsSecrets(chat, gateway.said());
    expect((await gateway.stop()).code).toBe(0);
  });
});

it('a platform that cannot be used yet keeps no other waiting, and is used once its secret is there', async (test) => {
  const slack = await fakeSlack(test);
  const telegram = await fakeTelegram(test);
  const { api_root } = { api_root: undefined, ...telegram.settings };
  const [secret = ''] = telegram.secrets;
  const above = mkdtempSync(join(tmpdir(), 'andon-token-'));
  test.onTestFinished(() => rmSync(above, { recursive: true }));
  const settings = {
    telegram: { api_root, token_file: join(above, 'token'), operators: [7] },
    slack: { ...slack.settings, operators: ['U7'] },
  };
  const home = gatewayHome(test, { settings: { chat: settings }, env: slack.env });
  const gateway = await home.gateway();
  expect(gateway.said()).toContain(
    `telegram cannot be used yet and is tried again: The file ${join(above, 'token')} of chat.telegram.token_file is missing or empty.`,
  );
  slack.says('/kanban list', { where: 'alone' });
  await slack.waitFor('it is heard', ({ chat }) => chat === 'D7');
  writeFileSync(join(above, 'token'), secret, { mode: 0o600 });
  telegram.says('/kanban list', { where: 'alone' });
  await telegram.waitFor('it is heard there too', ({ chat }) => chat === telegram.aloneWith(7));
});

describe('Slack that posts to the gateway', () => {
  const secret = 'what-slack-signs-with';
  const post = (url: string, body: string, headers: Readonly<Record<string, string>>) =>
    fetch(`${url}/chat/slack`, { method: 'POST', body, headers });
  /** As Slack signs it, so many seconds ago. */
  const signed = (body: string, { ago = 0, by = secret } = {}) => {
    const timestamp = String(Math.floor(Date.now() / 1000) - ago);
    const hex = createHmac('sha256', by).update(`v0:${timestamp}:${body}`).digest('hex');
    return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${hex}` };
  };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const json = { 'content-type': 'application/json' };

  it('is heard when it has signed what it posts, and nobody else is', async (test) => {
    const slack = await fakeSlack(test);
    const { token_env, api_root } = { api_root: undefined, ...slack.settings };
    const settings = { token_env, api_root, operators: ['U7'], mode: 'http', signing_secret_env: 'SIGNING' };
    const env = { ...slack.env, SIGNING: secret };
    const workers = { asks };
    const http = { port: 0 };
    const home = gatewayHome(test, { settings: { http, chat: { slack: settings } }, env, workers });
    const gateway = await home.gateway();
    const url = await until('it is served', () => {
      const text = home.read('gateways/default.json');
      const found: unknown = text === '' ? undefined : JSON.parse(text).url;
      return typeof found === 'string' && found;
    });
    await until('it hears', () => gateway.said().includes('Connected to slack'));

    const challenge = JSON.stringify({ type: 'url_verification', challenge: 'are you there' });
    const answer = await post(url, challenge, { ...json, ...signed(challenge) });
    expect(await answer.json()).toEqual({ challenge: 'are you there' });
    const command = new URLSearchParams({
      ...{ command: '/kanban', text: 'create "Choose" --assignee asks', channel_id: slack.group },
      ...{ user_id: 'U7', user_name: 'user7', trigger_id: '1.2.3' },
    }).toString();
    for (const headers of [{}, signed(command, { ago: 600 }), signed(command, { by: 'another' })]) {
      expect((await post(url, command, { ...form, ...headers })).status).toBe(401);
    }
    const taken = await post(url, command, { ...form, ...signed(command) });
    expect([taken.status, await taken.json()]).toEqual([200, { response_type: 'in_channel' }]);
    // The same once more is the same command.
    expect((await post(url, command, { ...form, ...signed(command) })).status).toBe(200);
    const blocked = await slack.waitFor('it asks', ({ text }) => text.startsWith('⏸'));
    const press = new URLSearchParams({ payload: JSON.stringify(slack.pressOf(7, blocked, 'Unblock')) });
    const pressed = await post(url, press.toString(), { ...form, ...signed(press.toString()) });
    expect([pressed.status, await pressed.text()]).toEqual([200, '']);
    await until('it was pressed', () => slack.edited(blocked)?.endsWith('user7 unblocked it'));
    expect(slack.shown().filter(({ text }) => text.startsWith('Created'))).toHaveLength(1);
    expect(gateway.said()).not.toContain(secret);
    expect((await fetch(`${url}/chat/telegram`, { method: 'POST' })).status).toBe(404);
  });
});
