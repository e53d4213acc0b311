import { type ButtonName, buttonWords, type Press, parsePress, pressText } from '../../domain/button.ts';
import { asProfileName, type BoardId, parseAssignee } from '../../domain/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Home, liveBoards } from '../home.ts';
import { readRoster } from '../roster.ts';
import type { World } from '../world.ts';
import { type ChatRole, kanbanLine, loopWords, runLine, runWords } from './command.ts';
import {
  type ChatPlatform,
  type ChatUser,
  mostButtonBytes,
  type Pressed,
  type Said,
  type Spoken,
} from './platform.ts';

export interface ListenerOptions {
  readonly kernel: Kernel;
  readonly home: Home;
  readonly platform: ChatPlatform;
  /** The `andon` command. */
  readonly andon: string;
  /** The gateway, which delivers to the chats that were subscribed here. */
  readonly name: string;
  readonly roleOf: (user: ChatUser) => Promise<ChatRole | undefined>;
}

const mostAttempts = 3;
const longestWait = 30_000;

/** The last line of a question of ours says what the answer is for, so that nothing need be remembered. */
const marker = /\[([^\]\n]+)\]$/;

/** Does what is said to the board in a chat, and answers in the same thread. Never throws for what people say. */
export function createListener(world: World, options: ListenerOptions): (said: Said) => Promise<void> {
  const { kernel, home, platform, name, andon } = options;

  /** What is said meanwhile in that chat waits; other chats do not. */
  const say = async (to: Spoken, text: string): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const sent = await platform.send(to.place, { text, answers: to.message });
      if (sent.ok) return;
      if (sent.final || attempt === mostAttempts) {
        return world.log.warn(`An answer in ${platform.name} was not sent: ${sent.error}`);
      }
      const wait = Math.min(longestWait, Math.max(sent.retryAfter ?? 0, 1000 * attempt));
      await new Promise<void>((resolve) => world.after(wait, resolve));
    }
  };

  const spoken = async (said: Spoken): Promise<void> => {
    const line = kanbanLine(said.text);
    const loop = loopWords(said.text);
    const asked = marker.exec(said.replied ?? '');
    const mention = /^@([\w.-]+)\s+(\S.*)$/s.exec(said.text.trim());
    if (line === undefined && !loop && !asked && !mention) return;
    const role = await options.roleOf(said.user);
    if (role === undefined) return refuse(said);
    const command = { id: said.id, place: said.place, user: said.user, role, profile: name };
    if (line !== undefined) return say(said, await runLine(world, { home, andon }, command, line));
    if (loop) return say(said, await runWords(world, { home, andon }, command, loop));
    if (asked) {
      const press = parsePress(asked[1] ?? '');
      if (press !== undefined) {
        const { words, settled } = await doPress(press, said.user, role, said.text);
        if (settled) await said.answered?.(words);
        return say(said, words);
      }
    }
    const { startable } = await readRoster(world, home);
    const [, profile = '', words = ''] = mention ?? [];
    // People mention one another too.
    if (!startable.has(profile)) return;
    const [title = '', ...rest] = words.split('\n');
    const body = rest.join('\n').trim();
    const more = body === '' ? [] : ['--body', body];
    const create = ['create', '--assignee', profile, ...more, '--', title.trim()];
    return say(said, await runWords(world, { home, andon }, command, create));
  };

  /** Strangers are told so where they are alone with us; in a group, nothing. */
  const refuse = async (said: Spoken): Promise<void> => {
    world.log.warn('Somebody who is not allowed has spoken to the board.', {
      platform: platform.name,
      user: said.user.id,
    });
    if (!said.alone) return;
    await say(
      said,
      `You are not known here. Your id is ${said.user.id}; whoever keeps this board can add it.`,
    );
  };

  const pressed = async (said: Pressed): Promise<void> => {
    const press = parsePress(said.data);
    const role = await options.roleOf(said.user);
    if (press === undefined || role !== 'operator') return said.answer('You may not press this.', false);
    if (buttonWords[press.button].asks !== undefined) return ask(said, press);
    if (press.button === 'reassign' && press.assignee === null) return offer(said, press);
    const { words, settled } = await doPress(press, said.user, role, undefined);
    await said.answer(words, settled);
  };

  /** Asks for the words that a button needs. */
  const ask = async (said: Pressed, press: Press): Promise<void> => {
    const { asks, label } = buttonWords[press.button];
    const mark = pressText(press, Number.POSITIVE_INFINITY);
    const text = `${asks} for ${press.task_id}, as a reply to this message.\n[${mark}]`;
    const sent = await platform.send(said.place, { text, asks: true });
    await said.answer(sent.ok ? `${label}: reply to the question below.` : sent.error, false);
  };

  /** Offers the profiles that a task may be given to. */
  const offer = async (said: Pressed, press: Press): Promise<void> => {
    const { startable } = await readRoster(world, home);
    const buttons = [...startable.keys()].flatMap((assignee) => {
      const data = pressText({ ...press, assignee }, mostButtonBytes);
      return data === undefined ? [] : [{ label: assignee, data }];
    });
    const sent = await platform.send(said.place, { text: `Who gets ${press.task_id}?`, buttons });
    await said.answer(sent.ok ? 'Choose below.' : sent.error, false);
  };

  const doPress = async (press: Press, user: ChatUser, role: ChatRole, text: string | undefined) => {
    if (role !== 'operator') return { words: 'You may look only.', settled: false };
    const board = press.board ?? (await boardOf(press));
    if (board === undefined) return { words: `There is no task ${press.task_id} any more.`, settled: true };
    const by = `${user.name} (${platform.name})`;
    const { button, task_id, event_id } = press;
    const assignee = press.assignee === null ? undefined : (parseAssignee(press.assignee) ?? undefined);
    const done = await kernel.press(board, { button, task_id, event_id, text, assignee, by, actor: by });
    if (!done.ok) return { words: done.refusal.sentence, settled: done.refusal.code === 'stale_press' };
    return { words: told(button, user.name, press.assignee), settled: true };
  };

  const boardOf = async ({ task_id }: Press): Promise<BoardId | undefined> => {
    for (const board of await liveBoards(home, world.files)) {
      if ((await kernel.show(board, { task_id, events: 0 })).ok) return board;
    }
    return undefined;
  };

  return async (said) => {
    try {
      await (said.kind === 'spoken' ? spoken(said) : pressed(said));
    } catch (error) {
      world.log.error('What was said in a chat could not be done.', { said: said.id, error: String(error) });
    }
  };
}

const told = (button: ButtonName, who: string, assignee: string | null): string =>
  assignee === null ? `${who} ${buttonWords[button].past}` : `${who} gave it to ${asProfileName(assignee)}`;
