import { describe, expect, it, type TestContext } from 'vitest';
import { asTaskId, defaultBoard, type TaskId } from '../../src/domain/ids.ts';
import { value } from '../support/board.ts';
import { type GatewayHome, gatewayHome } from '../support/gateway-home.ts';
import { type FakeTelegram, fakeTelegram, type Shown } from '../support/telegram-fake.ts';
import { until } from '../support/until.ts';

const operator = 7;
const viewer = 8;
const forum = -100500;
const thread = 31;

interface Setting {
  readonly home: GatewayHome;
  readonly telegram: FakeTelegram;
  /** Says it in the thread of the forum. */
  readonly says: (text: string) => number;
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

async function setting({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): Promise<Setting> {
  const telegram = await fakeTelegram({ onTestFinished });
  const chat = {
    telegram: {
      token_env: 'BOT_TOKEN',
      api_root: telegram.root,
      operators: [operator],
      viewers: [String(viewer)],
    },
  };
  const home = gatewayHome(
    { onTestFinished },
    {
      settings: { chat },
      workers: { asks, twice, quick: 'andon complete "$ANDON_TASK" --summary "all done"' },
      env: { BOT_TOKEN: telegram.token },
    },
  );
  return {
    home,
    telegram,
    says: (text) => telegram.writes(operator, text, { chat: forum, thread }),
    inThread: () => telegram.shown(String(forum)),
  };
}

const tasksOf = async (home: GatewayHome) => value(await home.kernel.list(defaultBoard, {}));
const created = (message: Shown): TaskId => asTaskId(/Created (t_\w+)/.exec(message.text)?.[1] ?? 'none');
const textsOf = (all: readonly Shown[]): string[] => all.map(({ text }) => text.split('\n')[0] ?? '');

describe.concurrent('a task from a thread of Telegram', () => {
  it('is worked on, asks back by a button, goes on with the answer, and brings its file', async (test) => {
    const { home, telegram, says, inThread } = await setting(test);
    const gateway = await home.gateway();
    const said = says('/kanban create "Choose a side" --assignee asks --workspace dir:/tmp');
    const answer = await telegram.waitFor('it was made', ({ text }) => text.startsWith('Created'));
    expect(answer).toMatchObject({ chat: String(forum), thread, answers: said });
    expect(answer.text).toContain('(subscribed');
    const task = created(answer);

    const blocked = await telegram.waitFor('it asks', ({ text }) => text.includes('blocked: Left or right?'));
    expect(blocked).toMatchObject({ chat: String(forum), thread, kind: 'text' });
    expect(blocked.buttons.map(({ text }) => text)).toEqual(['Answer', 'Unblock', 'Reassign']);
    telegram.presses(operator, blocked, 'Answer');
    const question = await telegram.waitFor('it asks for words', ({ text }) =>
      text.startsWith('Your answer'),
    );
    telegram.writes(operator, 'The left one', { chat: forum, thread, replies: question });
    await telegram.waitFor('the answer was taken', ({ text }) => text.startsWith(`user${operator} answered`));

    const file = await telegram.waitFor('the file came', ({ kind }) => kind === 'document');
    expect(file).toMatchObject({ thread, file: 'report.txt', text: 'It was the left one.' });
    // A late press does nothing, and says why.
    telegram.presses(operator, blocked, 'Unblock');
    await until('the late press was answered', () =>
      telegram.toasts.some((text) => text.includes('moved on')),
    );
    const view = await home.show(task);
    expect(view.comments.at(-1)).toMatchObject({
      author: 'user7 (telegram)',
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
    expect(gateway.said()).not.toContain('a-secret-of-this-test');
    const sent = value(await home.kernel.deliveries(defaultBoard, { limit: 10 }));
    const waits = sent.map(({ created_at, sent_at }) => (sent_at ?? Number.NaN) - created_at);
    console.log(`telegram: ${waits.length} deliveries, event to message ${waits.join(' and ')} ms`);
  });

  it('is made, asked and told once, though a gateway dies at each step', async (test) => {
    const { home, telegram, says, inThread } = await setting(test);
    const reached = (what: string) => until(what, () => telegram.ahead() === 0);
    const dies = async (gateway: { crash(): Promise<void> }, step: string): Promise<void> => {
      await reached(step);
      await gateway.crash();
    };
    // Each gateway dies while the platform keeps it waiting, before it can note what it did.
    telegram.fail('sendMessage', 'hang', 'Created');
    let gateway = await home.gateway();
    says('/kanban create "Choose a side" --assignee twice');
    await dies(gateway, 'it was made');
    telegram.fail('sendMessage', 'hang', '⏸');
    gateway = await home.gateway();
    await telegram.waitFor('it was made', ({ text }) => text.startsWith('Created'));
    home.write('go');
    await dies(gateway, 'it asks');
    gateway = await home.gateway();
    const blocked = await telegram.waitFor('it asks', ({ text }) => text.startsWith('⏸'));
    telegram.fail('answerCallbackQuery', 'hang');
    telegram.fail('sendMessage', 'hang', '✔');
    telegram.presses(operator, blocked, 'Unblock');
    await dies(gateway, 'it was pressed, and went on');
    await home.gateway();
    await telegram.waitFor('it is told', ({ text }) => text.startsWith('✔'));

    const [task, ...others] = await tasksOf(home);
    expect(others).toEqual([]);
    expect(home.starts(task?.id ?? asTaskId('none'))).toBe(2);
    expect(textsOf(inThread())).toEqual([
      expect.stringMatching(/^Created/),
      expect.stringMatching(/^⏸ @twice/),
      expect.stringMatching(/^✔ @twice/),
    ]);
    expect(inThread().every((message) => message.thread === thread)).toBe(true);
    // The press that came again found it done.
    await until('the second press is answered', () => telegram.toasts.length > 0);
    expect(telegram.toasts).toEqual([expect.stringContaining('unblocked it already')]);
  }, 60_000);

  it('is told though the platform refuses, fails, breaks off and starts anew', async (test) => {
    const { home, telegram, says, inThread } = await setting(test);
    const gateway = await home.gateway();
    telegram.fail('sendMessage', { status: 429, retry_after: 1 }, '✔ @quick t_');
    telegram.fail('sendMessage', { status: 500 }, '✔ @quick t_');
    telegram.fail('sendMessage', 'drop', '✔ @quick t_');
    telegram.fail('sendMessage', { status: 500 }, 'Created');
    for (const title of ['One', 'Two', 'Three', 'Four']) says(`@quick ${title}`);
    await until('the troubles were met', () => telegram.ahead() === 0, 20_000);
    await telegram.stop();
    await until('it is seen', () => gateway.said().includes('telegram is not connected'));
    await telegram.start();
    const told = () => inThread().filter(({ text }) => text.startsWith('✔'));
    const titles = () => [...new Set(told().map(({ text }) => /done: (\w+)/.exec(text)?.[1]))].sort();
    await until('all are told', () => titles().length === 4, 45_000);
    // What was taken, and broken off before the answer, may come twice; nothing else does.
    expect(told().length).toBeLessThanOrEqual(5);
    const made = () => inThread().filter(({ text }) => text.startsWith('Created'));
    await until('each create is answered', () => made().length >= 4, 20_000);
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
    console.log(
      `telegram in trouble: ${all.length} deliveries, ${failed} failed attempts, ${told().length} messages`,
    );
  }, 90_000);

  it('says below a message who pressed what, and gives a task to another', async (test) => {
    const { home, telegram, says } = await setting(test);
    await home.gateway();
    says('@asks Choose');
    const blocked = await telegram.waitFor('it asks', ({ text }) => text.startsWith('⏸'));
    telegram.presses(viewer, blocked, 'Reassign');
    await until('a viewer may not', () => telegram.toasts.includes('You may not press this.'));
    telegram.presses(operator, blocked, 'Reassign');
    const offer = await telegram.waitFor('it offers', ({ text }) => text.startsWith('Who gets'));
    expect(offer.buttons.map(({ text }) => text).sort()).toEqual(['asks', 'quick', 'twice']);
    telegram.presses(operator, offer, 'quick');
    await telegram.waitFor('it is done', ({ text }) => text.startsWith('✔ @quick'));
    expect(telegram.edited(offer)).toBe(`${offer.text}\n↳ user7 gave it to quick`);
    expect(telegram.edited(blocked)).toBeUndefined();
  });

  it('does not wait for another chat that hangs', async (test) => {
    const { home, telegram, says } = await setting(test);
    telegram.fail('sendMessage', 'hang', '"chat_id":"99"');
    const hanging = await home.create('quick', '--initial-status', 'blocked');
    await home.andon('notify-subscribe', hanging, '--platform', 'telegram', '--chat-id', '99');
    await home.gateway();
    await home.andon('complete', hanging);
    says('@quick Do it\nwith care');
    const made = await telegram.waitFor('it was made', ({ text }) => text.startsWith('Created'));
    const done = await telegram.waitFor('it is told', ({ text }) => text.startsWith('✔ @quick'));
    expect(done.at - made.at).toBeLessThan(5000);
    expect((await home.show(created(made))).task).toMatchObject({ title: 'Do it', body: 'with care' });
    expect(telegram.shown('99')).toEqual([]);
  });
});

describe.concurrent('who may', () => {
  it('lets viewers look, operators work, and strangers nothing', async (test) => {
    const { home, telegram } = await setting(test);
    const task = await home.create('asks', '--initial-status', 'blocked');
    await home.gateway();
    telegram.writes(viewer, `/kanban show ${task}`);
    expect((await telegram.waitFor('it is shown', ({ chat }) => chat === String(viewer))).text).toContain(
      task,
    );
    telegram.writes(viewer, `/kanban unblock ${task}`);
    await telegram.waitFor('it is refused', ({ text }) => text.startsWith('You may look'));
    telegram.writes(9, '/kanban list');
    const stranger = await telegram.waitFor('a stranger is told', ({ chat }) => chat === '9');
    expect(stranger.text).toContain('Your id is 9');
    telegram.writes(operator, '/kanban');
    expect((await telegram.waitFor('help', ({ text }) => text.startsWith('/kanban VERB'))).buttons).toEqual(
      [],
    );
    telegram.writes(operator, '/kanban gateway stop');
    await telegram.waitFor('it is refused', ({ text }) => text.includes('There is no `gateway` in chats'));
    telegram.writes(operator, '/kanban create');
    await telegram.waitFor('usage', ({ text }) => /usage error\n.*title/.test(text));
    telegram.writes(operator, '/kanban create "never closed');
    await telegram.waitFor('quotes', ({ text }) => text.endsWith('A quote is never closed.'));
    expect((await home.show(task)).task.status).toBe('blocked');
  });
});

describe.concurrent('a platform that cannot be reached', () => {
  it('does not keep the gateway from its work, and is tried again', async (test) => {
    const { home, telegram } = await setting(test);
    await telegram.stop();
    const gateway = await home.gateway();
    const task = await home.create('quick');
    await home.reaches(task, 'done');
    await until('it is said', () => gateway.said().includes('telegram is not connected and is tried again'));
    await telegram.start();
    telegram.writes(operator, '/kanban list');
    await telegram.waitFor('it is heard', ({ chat }) => chat === String(operator));
    expect(gateway.said()).not.toContain('a-secret-of-this-test');
    expect((await gateway.stop()).code).toBe(0);
  });
});
