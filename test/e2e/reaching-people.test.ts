import { describe, expect, it, type TestContext } from 'vitest';
import { asSeconds, defaultBoard, type TaskId } from '../../src/domain/ids.ts';
import { value } from '../support/board.ts';
import type { ChatFake } from '../support/chat-fake.ts';
import { type GatewayHome, gatewayHome, type HomeOptions } from '../support/gateway-home.ts';
import { fakeTelegram } from '../support/telegram-fake.ts';
import { until } from '../support/until.ts';

const ana = 7;

interface Setting {
  readonly home: GatewayHome;
  readonly telegram: ChatFake;
  /** A blocked task of which a chat is told. */
  readonly blocked: (chat: number, ...wishes: string[]) => Promise<TaskId>;
  readonly textsIn: (chat: number) => string[];
}

async function setting(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  settings: HomeOptions['settings'],
  workers: HomeOptions['workers'] = {},
): Promise<Setting> {
  const telegram = await fakeTelegram({ onTestFinished });
  const chat = { telegram: { ...telegram.settings, operators: [ana] } };
  const home = gatewayHome(
    { onTestFinished },
    { settings: { chat, ...settings }, workers, env: telegram.env },
  );
  return {
    home,
    telegram,
    blocked: async (chat, ...wishes) => {
      const task = await home.create('nobody');
      await home.andon('notify-subscribe', task, ...place(chat), ...wishes);
      value(await home.kernel.block(defaultBoard, { task_id: task, reason: 'Left or right?' }));
      return task;
    },
    textsIn: (chat) => telegram.shown(String(chat)).map(({ text }) => text),
  };
}

const place = (chat: number) => ['--platform', 'telegram', '--chat-id', String(chat)];
const starting = (sign: string) => expect.stringMatching(new RegExp(`^${sign}`));

describe.concurrent('a task that waits for somebody', () => {
  it('reminds its creator, its owner and whoever is on call, until somebody is on it', async (test) => {
    const escalation = { after: '1s', remind: '2s', owner: 'telegram:55', on_call: 'telegram:7' };
    const { home, telegram, blocked, textsIn } = await setting(test, { escalation });
    const first = await home.gateway();
    const task = await blocked(44);
    const reminded = (chat: number, times: number) =>
      until(
        `${chat} was reminded ${times} times`,
        () => textsIn(chat).filter((text) => text.startsWith('⏰')).length >= times,
        20_000,
      );
    await reminded(44, 1);
    await reminded(55, 1);
    // What is not yet written down would be sent again.
    await until(
      'it is written down',
      async () =>
        value(await home.kernel.deliveries(defaultBoard, { limit: 9 })).some(
          ({ chat_id, state }) => chat_id === '55' && state === 'sent',
        ),
      20_000,
    );
    // Another gateway goes on where this one stood.
    await first.crash();
    await home.gateway({ name: 'second' });
    await reminded(ana, 2);
    expect(textsIn(44)).toEqual([starting('⏸ @nobody'), starting('⏰ Nobody has answered for')]);
    expect(textsIn(55)).toEqual([starting('⏰')]);

    const [message] = telegram.shown(String(ana));
    if (message === undefined) throw new Error('Nobody was reminded.');
    telegram.presses(ana, message, 'I am on it');
    await until('it was taken', () => telegram.told().includes('user7 is on it'), 20_000);
    const people = { startable: [], reviewed_by_workers: true, has_default_assignee: false };
    expect(value(await home.kernel.inbox(defaultBoard, people))).toMatchObject([
      { task_id: task, acknowledged_by: 'user7 (telegram)' },
    ]);
    const ladder = { after: asSeconds(1), remind: asSeconds(2), owner: null, on_call: null };
    expect(value(await home.kernel.escalations(defaultBoard, { ladder, people }))).toMatchObject({
      due: false,
      next_at: null,
    });
  }, 60_000);

  it('wakes the agent of a chat, whose answer and whose tasks are told there', async (test) => {
    const helper = `
andon create "Look it up" --assignee nobody --initial-status blocked
andon complete "$ANDON_TASK" --summary "I have asked for it."`;
    const { home, telegram, blocked, textsIn } = await setting(
      test,
      { notifications: { agent: 'helper' } },
      { helper },
    );
    await home.gateway();
    const task = await blocked(44, '--mode', 'wake');
    await telegram.waitFor('the agent answers', ({ text }) => text.startsWith('✔ @helper'));
    const tasks = value(await home.kernel.list(defaultBoard, {}));
    const turn = tasks.find(({ assignee }) => assignee === 'helper');
    expect(turn).toMatchObject({ session_id: 'telegram:44', created_by: 'notifier', status: 'done' });
    expect(turn?.body).toContain(`task ${task} of board default`);
    const asked = tasks.find(({ title }) => title === 'Look it up');
    expect(asked).toMatchObject({ session_id: 'telegram:44' });
    const subscribed = value(await home.kernel.subscriptions(defaultBoard, { task_id: asked?.id }));
    expect(subscribed).toMatchObject([{ platform: 'telegram', chat_id: '44' }]);
    expect(textsIn(44)).toEqual([expect.stringContaining('I have asked for it.')]);
    expect(home.starts(turn?.id ?? task)).toBe(1);
  }, 60_000);

  it('cannot wake anybody where no agent answers, and says so', async (test) => {
    const { home, blocked, textsIn } = await setting(test, {});
    const gateway = await home.gateway();
    await blocked(44, '--mode', 'wake');
    const deliveries = async () => value(await home.kernel.deliveries(defaultBoard, { limit: 9 }));
    await until('it is given up', async () => (await deliveries())[0]?.state === 'dead', 20_000);
    expect((await deliveries())[0]?.last_error).toContain('name its profile as notifications.agent');
    await blocked(55, '--mode', 'notify+wake');
    await until('people are told all the same', () => textsIn(55).length === 1, 20_000);
    expect(gateway.said()).toContain('An agent was not woken');
    expect(textsIn(44)).toEqual([]);
  }, 60_000);
});

describe.concurrent('a place that wants to be told later', () => {
  it('is told of what gathered as one message, with its files, and of what is urgent at once', async (test) => {
    const notifications = { zone: 'UTC', digest: '10s', urgent: ['blocked'] };
    const { home, telegram, blocked, textsIn } = await setting(test, { notifications });
    await home.gateway();
    const tasks: TaskId[] = [];
    for (const title of ['One', 'Two']) {
      const task = await home.create('nobody', '--initial-status', 'blocked', '--body', title);
      await home.andon('notify-subscribe', task, ...place(44));
      tasks.push(task);
    }
    // At the beginning of a span, so that both fall into it.
    await until('a span begins', () => Date.now() % 10_000 < 1000, 20_000);
    for (const task_id of tasks) value(await home.kernel.complete(defaultBoard, { task_id }));
    await blocked(55);
    await telegram.waitFor('the urgent one came', ({ text }) => text.startsWith('⏸'));
    await telegram.waitFor('the rest came', ({ text }) => text.startsWith('2 messages:'));
    expect(textsIn(44)).toEqual([
      expect.stringMatching(new RegExp(`^2 messages:\n\n✔ .*${tasks[0]}.*\n\n✔ .*${tasks[1]}`)),
    ]);
    const sent = await until(
      'all is written down',
      async () => {
        const all = value(await home.kernel.deliveries(defaultBoard, { limit: 9 }));
        return all.every(({ state }) => state === 'sent') && all;
      },
      20_000,
    );
    expect(sent.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
  }, 60_000);

  it('is left alone in its quiet hours, and another is not', async (test) => {
    const hour = new Date().getUTCHours();
    const quiet = `${(hour + 23) % 24}:00-${(hour + 2) % 24}:00`;
    const places = { 'telegram:44': { zone: 'UTC', quiet } };
    const { home, blocked, telegram, textsIn } = await setting(test, { notifications: { places } });
    await home.gateway();
    await blocked(44);
    await blocked(55);
    await telegram.waitFor('the other is told', ({ chat }) => chat === '55');
    const held = await until(
      'it is held back',
      async () => {
        const all = value(await home.kernel.deliveries(defaultBoard, { limit: 9 }));
        return all.find(
          ({ chat_id, next_try_at, created_at }) => chat_id === '44' && next_try_at > created_at,
        );
      },
      20_000,
    );
    expect(held).toMatchObject({ state: 'pending', attempts: 0 });
    expect(new Date(held.next_try_at).getUTCHours()).toBe((hour + 2) % 24);
    expect(textsIn(44)).toEqual([]);
  }, 60_000);
});
