import { Option } from '@commander-js/extra-typings';
import { readEnv } from '../../../domain/env.ts';
import { asMillis, homeBoard, parseAssignee } from '../../../domain/ids.ts';
import {
  fireAt,
  type Loop,
  loopDetail,
  loopLine,
  type StartLoop,
  shortestInterval,
} from '../../../domain/loop.ts';
import { type LoopWish, parseLoopWords, profileIn } from '../../../domain/loop-words.ts';
import { parsePlace, placeText } from '../../../domain/place.ts';
import { loopLog } from '../../../services/home.ts';
import { Failure, granted, usage } from '../failure.ts';
import { type Desk, onBoard } from '../on-board.ts';
import { say, sayJson, warn } from '../output.ts';
import type { Program } from '../verb.ts';

interface Flags {
  readonly profile?: string | undefined;
  readonly chat?: string | undefined;
  readonly command?: true | undefined;
  readonly json?: true | undefined;
}

export function register(program: Program): void {
  program
    .command('loop')
    .description('say, ask or run something again and again; list, pause, resume and clear such loops')
    .argument('[words...]', 'an interval and the words; or list, pause, resume or clear, with #id for one')
    .option('--profile <name>', 'each turn is a task for this profile; the next waits until it is finished')
    .option('--chat <place>', 'each turn is said here, such as telegram:-100123#7; with --profile, told here')
    .addOption(
      new Option('--command', 'each turn runs the words as a command, in this folder').conflicts([
        'profile',
        'chat',
      ]),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
An interval is 90, 90s, 5m, 2h or 1d, a minute at least. The first turn comes at once. Options stand before the words.
In a chat, \`/loop 5m words\` says them there. One word after --command is a line for the shell.

Examples:
  andon loop 1h @ada Look whether the build is green
  andon loop --chat telegram:-100123#7 1d /kanban inbox
  andon loop --command every 10m make check
  andon loop
  andon loop pause '#a3f1c2'`,
    )
    .action((words, flags) => {
      const wish = parseLoopWords(words);
      if (wish.verb === 'wrong') throw usage(wish.sentence);
      return onBoard(program, (desk) => perform(desk, wish, words, flags));
    });
}

async function perform(
  desk: Desk,
  wish: Exclude<LoopWish, { readonly verb: 'wrong' }>,
  words: readonly string[],
  flags: Flags,
): Promise<void> {
  const { kernel } = desk;
  // In a chat its own loops are all that there are.
  const session = readEnv(desk.home.env, 'ANDON_CHAT_PLACE');
  switch (wish.verb) {
    case 'list': {
      const { now, loops } = granted(await kernel.loops(homeBoard, { session }));
      return tell(desk, loops, loops.length === 0 ? '(no loops)' : undefined, flags, now);
    }
    case 'pause':
      return tell(
        desk,
        granted(await kernel.pauseLoops(homeBoard, { session, id: wish.id })),
        'Paused',
        flags,
      );
    case 'resume':
      return tell(
        desk,
        granted(await kernel.resumeLoops(homeBoard, { session, id: wish.id })),
        'Resumed',
        flags,
      );
    case 'clear':
      return tell(
        desk,
        granted(await kernel.clearLoops(homeBoard, { session, id: wish.id })),
        'Cleared',
        flags,
      );
    case 'start':
      return start(desk, wish, words, flags);
  }
}

/** Each loop in a line, below one that says what was done; cleared ones too, so that they can be made anew. */
function tell(
  { home }: Desk,
  loops: readonly Loop[],
  done: string | undefined,
  { json }: Flags,
  now = Date.now(),
): void {
  if (json) {
    sayJson(loops.map((loop) => shown(loop, loops)));
    return;
  }
  const many = loops.length === 1 ? ' a loop:' : ` ${loops.length} loops:`;
  if (done !== undefined) say(loops.length === 0 ? done : `${done}${many}`);
  for (const loop of loops) {
    const log = loop.target === 'command' ? `; it prints into ${loopLog(home, loop.id)}` : '';
    say(`${loopLine(loop, loops, asMillis(now))}\n    ${loopDetail(loop)}${log}`);
  }
}

const shown = (loop: Loop, all: readonly Loop[]) => ({ ...loop, next_at: fireAt(loop, all) ?? null });

async function start(
  desk: Desk,
  wish: Extract<LoopWish, { readonly verb: 'start' }>,
  words: readonly string[],
  flags: Flags,
): Promise<void> {
  const { env } = desk.home;
  const input: StartLoop = {
    ...(await targetOf(desk, wish.prompt, words, flags)),
    board: desk.board,
    interval_seconds: wish.interval,
    created_by: desk.author,
    user_id: readEnv(env, 'ANDON_CHAT_USER'),
    gateway: readEnv(env, 'ANDON_CHAT_PROFILE'),
    request: readEnv(env, 'ANDON_CHAT_REQUEST'),
  };
  const loop = granted(await desk.kernel.startLoop(homeBoard, input));
  if (flags.json) {
    sayJson(shown(loop, [loop]));
    return;
  }
  tell(desk, [loop], 'Started', flags);
  if (wish.interval < shortestInterval) say('    (an interval is a minute at least)');
  if (loop.target === 'chat') return;
  const { dispatchWarning } = await import('../../../services/dispatch-warning.ts');
  const { quietWorld } = await import('../quiet-world.ts');
  const warning = await dispatchWarning(desk.home, quietWorld(), 'its turn');
  if (warning !== undefined) warn(warning);
}

type Target = Pick<StartLoop, 'session' | 'target' | 'name' | 'prompt' | 'command' | 'folder'>;

/** Whom the words are for: what the flags say, a profile that they begin with, or the chat that they came from. */
async function targetOf(
  { home }: Desk,
  prompt: string,
  words: readonly string[],
  flags: Flags,
): Promise<Target> {
  const here = readEnv(home.env, 'ANDON_CHAT_PLACE');
  if (here !== undefined && (flags.command || flags.chat !== undefined)) {
    throw new Failure('In a chat a loop speaks there, or to a profile: `/loop 1h @PROFILE words`.');
  }
  if (flags.command) return commandOf(prompt, words);
  const session = flags.chat === undefined ? here : await chatOf(home, flags.chat);
  const profile = flags.profile === undefined ? undefined : (parseAssignee(flags.profile) ?? undefined);
  const meant = profile === undefined ? await mentioned(home, prompt) : { profile, words: prompt };
  if (meant !== undefined) {
    return { session: session ?? 'cli', target: 'profile', name: meant.profile, prompt: meant.words };
  }
  if (session !== undefined) return { session, target: 'chat', name: session, prompt };
  throw usage(
    'Say whom the words are for: begin them with @PROFILE, or give --profile, --chat or --command before them.',
  );
}

/** People mention one another too: only a profile that there is counts. */
async function mentioned(home: Desk['home'], prompt: string): Promise<ReturnType<typeof profileIn>> {
  const found = profileIn(prompt);
  if (found === undefined) return undefined;
  const { profileNames } = await import('../configuration.ts');
  return (await profileNames(home)).includes(found.profile) ? found : undefined;
}

/** Words that came one by one are a program and its arguments; a single one is a line for the shell. */
async function commandOf(prompt: string, words: readonly string[]): Promise<Target> {
  const { quietWorld } = await import('../quiet-world.ts');
  const line = words.slice(words[0]?.toLowerCase() === 'every' ? 2 : 1);
  const command = line.length === 1 ? ['/bin/sh', '-c', prompt] : line;
  const folder = process.cwd();
  return { session: 'cli', target: 'command', name: quietWorld().hostname, prompt, command, folder };
}

/** A chat of a platform that the settings name: words into another would never arrive. */
async function chatOf(home: Desk['home'], text: string): Promise<string> {
  const place = parsePlace(text);
  if (place === undefined)
    throw usage(`A chat is PLATFORM:ID or PLATFORM:ID#THREAD, and ${text} is neither.`);
  const { settingsOf } = await import('../configuration.ts');
  const known = Object.keys((await settingsOf(home)).chat);
  if (known.includes(place.platform)) return placeText(place);
  throw new Failure(
    `\`chat:\` in ${home.root}/andon.yaml names no ${place.platform} (${known.join(', ') || 'there is none yet'}).`,
  );
}
