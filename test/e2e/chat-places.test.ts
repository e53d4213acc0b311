import { describe, expect, it, type TestContext } from 'vitest';
import { defaultBoard, parseBoardId } from '../../src/domain/ids.ts';
import type { Task } from '../../src/domain/task.ts';
import { value } from '../support/board.ts';
import type { ChatFake } from '../support/chat-fake.ts';
import { type GatewayHome, gatewayHome } from '../support/gateway-home.ts';
import { fakeTelegram } from '../support/telegram-fake.ts';
import { until } from '../support/until.ts';

const [ana, bob] = [7, 8];

async function setting({
  onTestFinished,
}: Pick<TestContext, 'onTestFinished'>): Promise<{ home: GatewayHome; telegram: ChatFake }> {
  const telegram = await fakeTelegram({ onTestFinished });
  const chat = { telegram: { ...telegram.settings, operators: [ana] } };
  const home = gatewayHome(
    { onTestFinished },
    {
      settings: { chat },
      // It asks, and is done when it was answered.
      workers: {
        ada: `case "$(andon context "$ANDON_TASK")" in
*UNBLOCK*) andon complete "$ANDON_TASK" --summary "thanks" ;;
*) wait_for go; andon block "$ANDON_TASK" "Which logo?" ;;
esac`,
      },
      env: telegram.env,
    },
  );
  return { home, telegram };
}

/** What a chat was last told that begins so. */
const told = (telegram: ChatFake, chat: number | string, words: string) =>
  telegram.waitFor(words, (shown) => shown.chat === String(chat) && shown.text.includes(words));

async function onlyTask(home: GatewayHome, board = defaultBoard): Promise<Task> {
  const [task, ...others] = value(await home.kernel.list(board, {}));
  if (task === undefined || others.length > 0) throw new Error(`There are ${others.length} others.`);
  return task;
}

describe.concurrent('whoever brings a code', () => {
  it('may speak from then on, in its role, until they are unpaired', async (test) => {
    const { home, telegram } = await setting(test);
    await home.create('ada', '--initial-status', 'blocked');
    const gateway = await home.gateway();
    telegram.says('/kanban list', { user: bob, where: 'alone' });
    await told(telegram, bob, 'You are not known here. Your id is 8');
    const { code } = await home.json('chat', 'pair', '--role', 'viewer', '--platform', 'telegram');
    telegram.says('/kanban pair AAAA-AAAA', { user: bob, where: 'alone' });
    await told(telegram, bob, 'That code is wrong');
    telegram.says(`/kanban pair ${String(code).toLowerCase()}`, { user: bob, where: 'alone' });
    await told(telegram, bob, 'Welcome, user8: you may look');
    telegram.says('/kanban list', { user: bob, where: 'alone' });
    await told(telegram, bob, 'Work for ada');
    telegram.says('/kanban create "No"', { user: bob, where: 'alone' });
    await told(telegram, bob, 'You may look, and `create` changes something');
    // It was for one person.
    telegram.says(`/kanban pair ${String(code)}`, { user: 9, where: 'alone' });
    await told(telegram, 9, 'That code is wrong');
    expect(await home.andon('chat', 'list')).toMatch(/^telegram:8\s+viewer\s+user8\s+by user/);
    expect(gateway.said()).not.toContain(String(code));

    const another = /pair (\S+)/.exec(await home.andon('chat', 'pair'))?.[1];
    telegram.says(`/kanban pair ${another}`, { user: bob, where: 'alone' });
    await told(telegram, bob, 'you may work with tasks');
    await home.andon('chat', 'unpair', 'telegram:8');
    telegram.says('/kanban stats', { user: bob, where: 'alone' });
    await until('he is a stranger again', () => {
      const texts = telegram.shown(String(bob)).map(({ text }) => text);
      return texts.filter((text) => text.startsWith('You are not known here')).length === 2;
    });
    expect((await home.run(['chat', 'unpair', 'telegram:8'])).err).toContain('Nobody was paired');
  }, 60_000);
});

describe.concurrent('a thread that is about a board', () => {
  it('sends its tasks there, into its workspace', async (test) => {
    const { home, telegram } = await setting(test);
    await home.andon('boards', 'create', 'website');
    await home.gateway();
    const here = (words: string) => telegram.says(`/kanban here${words}`);
    here('');
    await told(telegram, telegram.group, 'about no board in particular');
    here(' --board nowhere');
    await told(telegram, telegram.group, 'There is no board nowhere');
    here(' --board website --workspace elsewhere');
    await told(telegram, telegram.group, '/kanban usage error');
    here(' --board website --workspace dir:/tmp');
    await told(
      telegram,
      telegram.group,
      'about the board website, its tasks in dir:/tmp (said user7 (telegram))',
    );
    telegram.says('/kanban create "Fix it"');
    await told(telegram, telegram.group, 'Created');
    const website = parseBoardId('website') ?? defaultBoard;
    expect(await onlyTask(home, website)).toMatchObject({
      title: 'Fix it',
      workspace_kind: 'dir',
      workspace_path: '/tmp',
    });
    telegram.says('/kanban list');
    await told(telegram, telegram.group, 'Fix it');
    // Another chat is not.
    telegram.says('/kanban create "Elsewhere"', { where: 'alone' });
    await until('it is on the default board', async () =>
      value(await home.kernel.list(defaultBoard, {})).some(({ title }) => title === 'Elsewhere'),
    );
    here(' --clear');
    await told(telegram, telegram.group, 'no board in particular any more');
    telegram.says('/kanban create "After"');
    await until('it is on the default board too', async () =>
      value(await home.kernel.list(defaultBoard, {})).some(({ title }) => title === 'After'),
    );
  }, 60_000);
});
