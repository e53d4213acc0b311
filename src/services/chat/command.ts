import type { ChatPin, ChatRole } from '../../domain/chat.ts';
import { withoutPins } from '../../domain/env.ts';
import { parseLoopWords, splitLoopLine } from '../../domain/loop-words.ts';
import { type Place, placeText } from '../../domain/place.ts';
import { splitWords } from '../../domain/words.ts';
import type { Home } from '../home.ts';
import type { World } from '../world.ts';
import type { ChatUser } from './platform.ts';

/** Verbs that only look. */
const looks = [
  'list',
  'ls',
  'show',
  'why',
  'runs',
  'log',
  'context',
  'stats',
  'assignees',
  'inbox',
  'diagnostics',
  'diag',
  'deliveries',
  'notify-list',
  'rests',
];
/** Verbs that work with tasks. What concerns the machine, its files or its tokens is done on the machine. */
const works = [
  ...['create', 'link', 'unlink', 'assign', 'comment', 'complete', 'block', 'unblock', 'schedule', 'promote'],
  ...['request-review', 'request-changes', 'reopen-review', 'reclaim', 'reassign', 'stop', 'fail', 'edit'],
  ...['archive', 'specify', 'swarm', 'pause', 'resume', 'acknowledge', 'ack'],
  ...['notify-subscribe', 'notify-unsubscribe', 'loop'],
];

/** Options by which a verb that looks changes something, and those that read files of the machine. */
const changing: Readonly<Record<string, readonly string[]>> = { deliveries: ['--retry', '--all'] };
const reading = ['--body-file'];

/** As long as every platform takes (contract §8.5). */
const longestAnswer = 3800;
const patience = 20_000;

const help = `/kanban VERB …, as on the command line of andon:
create "Title" --assignee PROFILE · list · show ID · why ID · comment ID "words" · unblock ID
complete ID --summary "words" · stop ID · inbox · stats
@PROFILE words     a task for that profile
/loop 5m words     says them here every five minutes; /loop alone lists, pause, resume and clear steer
here --board BOARD     this chat is about that board from now on
attach ID              as the words of a file: attaches it
/kanban VERB --help tells more of a verb.`;

export interface ChatCommand {
  /** The same whenever this is heard again: a create with it makes one task. */
  readonly id: string;
  readonly place: Place;
  readonly user: Pick<ChatUser, 'name'> & { readonly id: string | null };
  readonly role: ChatRole;
  /** What the chat is subscribed for, and by whose gateway. */
  readonly profile: string;
  /** A loop says it, which makes no loops. */
  readonly isLoop?: boolean;
  /** What the chat is about. */
  readonly pin?: ChatPin | null;
}

/** What follows `/kanban` in a line for the board; `undefined` for any other. */
export function kanbanLine(text: string): string | undefined {
  const match = /^\/(?:kanban|andon)(?:@\w+)?(?:\s+(.*))?$/s.exec(text.trim());
  return match === null ? undefined : (match[1] ?? '');
}

/** The words of the command line for a line that begins with `/loop`. */
export function loopWords(text: string): readonly string[] | undefined {
  const [whole, line = ''] = /^\/loop(?:@\w+)?(?:\s+(.*))?$/s.exec(text.trim()) ?? [];
  if (whole === undefined) return undefined;
  const words = splitLoopLine(line);
  const asksHelp = ['help', '-h', '--help', '?'].includes(words[0] ?? '');
  return asksHelp ? ['loop', '--help'] : ['loop', '--', ...words];
}

/** Runs what follows `/kanban` by the command line itself, as a process, and gives what it printed. */
export async function runLine(
  world: World,
  { home, andon }: { readonly home: Home; readonly andon: string },
  command: ChatCommand,
  line: string,
): Promise<string> {
  // The words of a loop stay as they were written, unless options stand before them.
  const words = /^loop(\s+[^\s-]|$)/.test(line.trim())
    ? loopWords(`/${line.trim()}`)
    : splitWords(asTyped(line));
  if (words === undefined) return '⚠ /kanban usage error\nA quote is never closed.';
  return runWords(world, { home, andon }, command, words);
}

export async function runWords(
  world: World,
  { home, andon }: { readonly home: Home; readonly andon: string },
  command: ChatCommand,
  words: readonly string[],
): Promise<string> {
  const verb = verbOf(words);
  if (verb === undefined || ['help', '-h', '--help', '?'].includes(verb)) return help;
  if (verb === 'loop' && command.isLoop) return 'A loop cannot steer loops.';
  if (command.role === 'viewer' && changes(verb, words))
    return `You may look, and \`${verb}\` changes something.`;
  if (!looks.includes(verb) && !works.includes(verb)) {
    return `⚠ /kanban usage error\nThere is no \`${verb}\` in chats.\n\n${help}`;
  }
  const file = optionIn(words, reading);
  if (file !== undefined) return `\`${file}\` reads a file of the machine, which a chat does not.`;
  const { code, out, err } = await world.processes.run({
    command: [andon, ...(command.pin ? pinned(words, command.pin) : words)],
    env: {
      ...withoutPins(home.env),
      ANDON_HOME: home.root,
      ANDON_PROFILE_NAME: `${command.user.name} (${command.place.platform})`,
      ANDON_CHAT_USER: command.user.id ?? undefined,
      ANDON_CHAT_PLACE: placeText(command.place),
      ANDON_CHAT_REQUEST: command.id,
      ANDON_CHAT_PROFILE: command.profile,
      NO_COLOR: '1',
    },
    timeout: patience,
  });
  const said = [out.trimEnd(), err.trimEnd()].filter((text) => text !== '').join('\n') || '(no output)';
  return cut(code === 2 ? `⚠ /kanban usage error\n${said}` : said);
}

const changes = (verb: string, words: readonly string[]): boolean =>
  works.includes(verb) ? !listsLoops(verb, words) : optionIn(words, changing[verb] ?? []) !== undefined;

/** The first of these options that stands there, be it behind `--`: that may be the value of another option. */
const optionIn = (words: readonly string[], options: readonly string[]): string | undefined =>
  options.find((option) => words.some((word) => word === option || word.startsWith(`${option}=`)));

const listsLoops = (verb: string, words: readonly string[]): boolean =>
  verb === 'loop' &&
  parseLoopWords(words.slice(words.indexOf(verb) + 1).filter((word) => !word.startsWith('-'))).verb ===
    'list';

/** The words for the board and the workspace that a chat is about, unless they say others. */
function pinned(words: readonly string[], { board, workspace }: ChatPin): readonly string[] {
  const says = (option: string): boolean => optionIn(words, [option]) !== undefined;
  const on = says('--board') ? words : ['--board', board, ...words];
  if (workspace === null || verbOf(words) !== 'create' || says('--workspace')) return on;
  const at = on.indexOf('create') + 1;
  return [...on.slice(0, at), '--workspace', workspace, ...on.slice(at)];
}

/** Telephones write quotes and dashes as in books. */
const asTyped = (line: string): string =>
  /["']/.test(line) ? line : line.replaceAll(/[“”„]/g, '"').replaceAll(/(?<=^|\s)—(?=[a-z])/g, '--');

function verbOf(words: readonly string[]): string | undefined {
  const index = words.findIndex((word, at) => word !== '--board' && words[at - 1] !== '--board');
  return words[index];
}

const cut = (text: string): string =>
  text.length <= longestAnswer
    ? text
    : `${text.slice(0, longestAnswer)}\n… (cut; \`andon\` on the machine shows all)`;
