import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { asTaskId, defaultBoard } from '../../src/domain/ids.ts';
import { value } from '../support/board.ts';
import type { ChatFake, OpenFake, Shown } from '../support/chat-fake.ts';
import { chatPlatforms } from '../support/chat-platforms.ts';
import { type GatewayHome, gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

const [ana, bob] = [7, 8];

interface Setting {
  readonly home: GatewayHome;
  readonly chat: ChatFake;
  /** What somebody was last told that has these words, alone with the bot. */
  readonly told: (user: number, words: string) => Promise<Shown>;
}

async function setting(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  fake: OpenFake,
): Promise<Setting> {
  const chat = await fake({ onTestFinished });
  const home = gatewayHome(
    { onTestFinished },
    {
      settings: { chat: { [chat.name]: { ...chat.settings, operators: [chat.idOf(ana)] } } },
      // It asks, and is done when it was answered.
      workers: {
        ada: `case "$(andon context "$ANDON_TASK")" in
*UNBLOCK*) andon complete "$ANDON_TASK" --summary "thanks" ;;
*) wait_for go; andon block "$ANDON_TASK" "Which logo?" ;;
esac`,
      },
      env: chat.env,
    },
  );
  const told = (user: number, words: string) =>
    chat.waitFor(words, (shown) => shown.chat === chat.aloneWith(user) && shown.text.includes(words));
  return { home, chat, told };
}

describe.each(chatPlatforms)('a file that is sent in a chat of $name', ({ fake }) => {
  it.concurrent('is attached to the task that its words make, once, though the gateway dies, and later ones by reply', async (test) => {
    const { home, chat, told } = await setting(test, fake);
    chat.fail('send', 'hang', 'Created');
    const first = await home.gateway();
    chat.sends({ name: '../..//etc/brief\u202e.txt', text: 'Make it blue.' }, '@ada fix this', {
      where: 'alone',
    });
    await until('it was made', () => chat.ahead() === 0, 20_000);
    await first.crash();
    await home.gateway();
    const answer = await told(ana, 'Created');
    const id = asTaskId(/Created (t_\w+)/.exec(answer.text)?.[1] ?? 'none');
    expect(value(await home.kernel.list(defaultBoard, {}))).toHaveLength(1);
    expect(answer.text).toContain(`📎 brief.txt is attached to ${id}`);
    const { attachments } = await home.show(id);
    expect(attachments).toMatchObject([
      { filename: 'brief.txt', content_type: 'text/plain', size: 13, uploaded_by: `user7 (${chat.name})` },
    ]);
    const [brief] = attachments;
    expect(readFileSync(brief?.stored_path ?? '', 'utf8')).toBe('Make it blue.');
    expect(brief?.stored_path).toBe(join(home.root, 'kanban', 'attachments', id, 'brief.txt'));

    chat.sends({ name: 'old.txt', text: 'old' }, 'The old one', { where: 'alone', answers: answer });
    await told(ana, '📎 old.txt');
    chat.sends({ name: 'more.txt', text: 'more' }, `/kanban attach ${id}`, { where: 'alone' });
    await told(ana, '📎 more.txt');
    chat.says(`/kanban attach ${id}`, { where: 'alone' });
    await told(ana, 'Send a file with the words');
    // Not for everybody, and not without a task.
    chat.sends({ name: 'bad.txt', text: 'bad' }, `/kanban attach ${id}`, { user: bob, where: 'alone' });
    await told(bob, 'You are not known here');
    chat.sends({ name: 'lost.txt', text: 'lost' }, '/kanban attach t_00000000', { where: 'alone' });
    await told(ana, 'There is no task t_00000000');

    home.write('go');
    const blocked = await told(ana, 'Which logo?');
    chat.presses(ana, blocked, 'Answer');
    const question = await told(ana, 'Your answer for');
    chat.sends({ name: 'logo.svg', text: '<svg/>' }, '', { where: 'alone', answers: question });
    await told(ana, 'user7 answered');
    await home.reaches(id, 'done', 20_000);
    const view = await home.show(id);
    const files = view.attachments.map(({ filename, content_type }) => [filename, content_type]);
    expect(files).toEqual([
      ['brief.txt', 'text/plain'],
      ['old.txt', 'text/plain'],
      ['more.txt', 'text/plain'],
      ['logo.svg', 'text/plain'],
    ]);
    expect(view.comments.map(({ body }) => body)).toEqual([
      'The old one',
      'BLOCKED: Which logo?',
      'UNBLOCK: See the attached file.',
    ]);
  }, 90_000);

  it.concurrent('that is too large, or cannot be had, is told of', async (test) => {
    const { home, chat, told } = await setting(test, fake);
    const id = await home.create('ada', '--initial-status', 'blocked');
    const gateway = await home.gateway();
    chat.fail('fetch', { status: 400 });
    chat.sends({ name: 'gone.txt', text: 'x' }, `/kanban attach ${id}`, { where: 'alone' });
    await told(ana, '⚠ gone.txt was not attached');
    const large = { name: 'large.txt', text: 'x'.repeat(25 * 1024 * 1024 + 1) };
    chat.sends(large, `/kanban attach ${id}`, { where: 'alone' });
    await told(ana, '⚠ large.txt was not attached: it is larger than 25 MiB.');
    expect((await home.show(id)).attachments).toEqual([]);
    for (const secret of chat.secrets) expect(gateway.said()).not.toContain(secret);
  }, 60_000);
});
