import { type ButtonName, buttonWords, type Press, parsePress, pressText } from '../../domain/button.ts';
import type { ChatRole } from '../../domain/chat.ts';
import {
  asProfileName,
  asTaskId,
  type BoardId,
  homeBoard,
  parseAssignee,
  type TaskId,
} from '../../domain/ids.ts';
import { splitWords } from '../../domain/words.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Home, liveBoards } from '../home.ts';
import { readRoster } from '../roster.ts';
import type { World } from '../world.ts';
import { type Attach, attachAll, taskIn } from './attachments.ts';
import { type ChatCommand, kanbanLine, loopWords, runLine, runWords } from './command.ts';
import { here } from './here.ts';
import { codeIn, pairWith } from './pairing.ts';
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
  /** By the lists of the settings, and by codes. */
  readonly roleOf: (user: ChatUser) => Promise<ChatRole | undefined>;
  readonly attach: Attach;
}

/** About half a minute in all. */
const mostAttempts = 8;
const longestWait = 30_000;

/** Our question for the words of a button. Its last line says what they are for, so that nothing need be remembered. */
const questionOf = (press: Press): string =>
  `${buttonWords[press.button].asks} for ${press.task_id}, as a reply to this message.\n[${pressText(press, Number.POSITIVE_INFINITY)}]`;

/** What a question of ours is for. A message that merely ends like one is none: agents write what they like. */
function questionIn(text: string | null): Press | undefined {
  const press = parsePress(/\[([^\]\n]+)\]$/.exec(text ?? '')?.[1] ?? '');
  const asks = press !== undefined && buttonWords[press.button].asks !== undefined;
  return asks && text === questionOf(press) ? press : undefined;
}

/** Does what is said to the board in a chat, and answers in the same thread. Never throws for what people say. */
export function createListener(world: World, options: ListenerOptions): (said: Said) => Promise<void> {
  const { kernel, home, platform, name, andon } = options;

  /** What is said meanwhile in that chat waits; other chats do not. */
  const say = async (to: Spoken, text: string): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const sent = await platform.send(to.place, { text, answers: to.message, key: to.id });
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
    const asked = questionIn(said.replied);
    const mention = /^@([\w.-]+)\s+(\S.*)$/s.exec(said.text.trim());
    const about = hasFiles(said) ? taskIn(said.replied) : undefined;
    if (line === undefined && !loop && !asked && !mention && about === undefined) return;
    const code = codeIn(said.text);
    if (code !== undefined) return say(said, await pairWith(world, kernel, said, code));
    const role = await options.roleOf(said.user);
    if (role === undefined) return refuse(said);
    const pin = await kernel.chatPin(homeBoard, said.place);
    const command: ChatCommand = {
      ...{ id: said.id, place: said.place, user: said.user, role, profile: name },
      pin: pin.ok ? pin.value : null,
    };
    if (line !== undefined) return say(said, await answerTo(said, command, line));
    if (loop) return say(said, await runWords(world, { home, andon }, command, loop));
    if (asked) return say(said, await answered(said, command, asked));
    if (about !== undefined) return say(said, await attachTo(said, command, about));
    const { startable } = await readRoster(world, home);
    const [, profile = '', words = ''] = mention ?? [];
    // People mention one another too.
    if (!startable.has(profile)) return;
    const [title = '', ...rest] = words.split('\n');
    const body = rest.join('\n').trim();
    const more = body === '' ? [] : ['--body', body];
    const create = ['create', '--assignee', profile, ...more, '--', title.trim()];
    return say(said, await withFiles(said, command, await runWords(world, { home, andon }, command, create)));
  };

  const answerTo = async (said: Spoken, command: ChatCommand, line: string): Promise<string> => {
    const [verb, ...words] = splitWords(line) ?? [];
    if (verb === 'here') return here(world, { kernel, home }, command, words);
    if (verb === 'attach') {
      const [id] = words;
      if (id === undefined || !hasFiles(said)) return 'Send a file with the words `/kanban attach ID`.';
      return attachTo({ ...said, text: '' }, command, asTaskId(id));
    }
    return withFiles(said, command, await runLine(world, { home, andon }, command, line));
  };

  /** Attaches what was sent with it to the task that was just made, if one was. */
  const withFiles = async (said: Spoken, command: ChatCommand, answer: string): Promise<string> => {
    const [, made] = /^Created (t_\w+)/.exec(answer) ?? [];
    if (made === undefined || !hasFiles(said)) return answer;
    return `${answer}\n${await attachTo({ ...said, text: '' }, command, asTaskId(made))}`;
  };

  /** Attaches what was sent to a task; the words beside it are a comment, once. */
  const attachTo = async (said: Spoken, { role, user, place }: ChatCommand, task_id: TaskId) => {
    if (role !== 'operator') return 'You may look, and a file changes something.';
    const board = await boardOf({ task_id });
    if (board === undefined) return `There is no task ${task_id}.`;
    const { words, fresh } = await attachAll(world, options.attach, said, { board, task_id });
    if (fresh && said.text.trim() !== '') {
      const author = `${user.name} (${place.platform})`;
      await kernel.comment(board, { task_id, author, body: said.text.trim(), actor: author });
    }
    return words;
  };

  /** The answer to a question of ours; a file without words is one as well. */
  const answered = async (said: Spoken, command: ChatCommand, press: Press): Promise<string> => {
    const attached = hasFiles(said)
      ? `${await attachTo({ ...said, text: '' }, command, press.task_id)}\n`
      : '';
    const text = said.text.trim() || (attached === '' ? '' : 'See the attached file.');
    const { words, settled } = await doPress(press, said.user, command.role, text);
    if (settled) await said.answered?.(words);
    return attached + words;
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
      `You are not known here. Your id is ${said.user.id}; whoever keeps this board can add it, or give you a code for \`/kanban pair CODE\`.`,
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
    const sent = await platform.send(said.place, { text: questionOf(press), asks: true, key: said.id });
    const { label } = buttonWords[press.button];
    await said.answer(sent.ok ? `${label}: reply to the question below.` : sent.error, false);
  };

  /** Offers the profiles that a task may be given to. */
  const offer = async (said: Pressed, press: Press): Promise<void> => {
    const { startable } = await readRoster(world, home);
    const buttons = [...startable.keys()].flatMap((assignee) => {
      const data = pressText({ ...press, assignee }, mostButtonBytes);
      return data === undefined ? [] : [{ label: assignee, data }];
    });
    const sent = await platform.send(said.place, {
      text: `Who gets ${press.task_id}?`,
      buttons,
      key: said.id,
    });
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

  const boardOf = async ({ task_id }: Pick<Press, 'task_id'>): Promise<BoardId | undefined> => {
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

const hasFiles = ({ files = [] }: Spoken): boolean => files.length > 0;

const told = (button: ButtonName, who: string, assignee: string | null): string =>
  assignee === null ? `${who} ${buttonWords[button].past}` : `${who} gave it to ${asProfileName(assignee)}`;
