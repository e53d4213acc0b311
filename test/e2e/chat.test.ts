import { describe, expect, it, type TestContext } from 'vitest';
import { asTaskId, type TaskId } from '../../src/domain/ids.ts';
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
      workers: { asks, quick: 'andon complete "$ANDON_TASK" --summary "all done"' },
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
    expect(view.comments).toMatchObject([
      { author: 'user7 (telegram)', body: expect.stringContaining('The left one') },
    ]);
    expect(textsOf(inThread())).toEqual([
      expect.stringMatching(/^Created/),
      expect.stringMatching(/^⏸ @asks t_\w+ blocked: Left or right\?/),
      `Your answer for ${task}, as a reply to this message.`,
      `user7 answered`,
      expect.stringMatching(/^✔ @asks t_\w+ done: Choose a side/),
      'It was the left one.',
    ]);
    expect(gateway.said()).not.toContain('a-secret-of-this-test');
    const sent = await home.kernel.deliveries('default' as never, { limit: 10 });
    if (sent.ok) {
      const waits = sent.value.map(({ created_at, sent_at }) => (sent_at ?? Number.NaN) - created_at);
      console.log(`telegram: ${waits.length} deliveries, event to message ${waits.join(' and ')} ms`);
    }
  });

  it('is made once and told once when a gateway dies at any step, and the platform is in trouble', async (test) => {
    const { home, telegram, says, inThread } = await setting(test);
    // The answer to the create is lost with its connection, so the update comes again to the next gateway.
    telegram.fail('sendMessage', ['hang']);
    const first = await home.gateway();
    says('/kanban create "Choose a side" --assignee quick');
    const task = await until('it is there', async () => {
      const { value } = (await home.kernel.list('default' as never, {})) as { value: { id: TaskId }[] };
      return value[0]?.id ?? false;
    });
    await first.crash();
    telegram.fail('sendMessage', [{ status: 429, retry_after: 1 }, { status: 500 }], String(forum));
    const second = await home.gateway();
    await home.reaches(task, 'done');
    await second.crash();
    await telegram.stop();
    await home.gateway();
    await telegram.start();
    const done = await telegram.waitFor('it is told', ({ text }) => text.startsWith('✔ @quick'));
    expect(done.thread).toBe(thread);
    const { value } = (await home.kernel.list('default' as never, {})) as { value: unknown[] };
    expect(value).toHaveLength(1);
    expect(inThread().filter(({ text }) => text.startsWith('✔'))).toHaveLength(1);
  }, 60_000);

  it('does not wait for another chat that hangs', async (test) => {
    const { home, telegram, says } = await setting(test);
    telegram.fail('sendMessage', ['hang', 'hang'], '99');
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
