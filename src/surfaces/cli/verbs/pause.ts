import { Option } from '@commander-js/extra-typings';
import type { BoardRest } from '../../../domain/admission.ts';
import { formatDuration } from '../../../domain/duration.ts';
import { excuseWords } from '../../../domain/fault.ts';
import { asMillis, type BoardId, parseAssignee } from '../../../domain/ids.ts';
import { clockTime } from '../../../domain/obstacle.ts';
import { type Pause, type PauseKey, pausedThing } from '../../../domain/pause.ts';
import { liveBoards } from '../../../services/home.ts';
import { oneLine } from '../../render.ts';
import { Failure, granted } from '../failure.ts';
import { localFiles } from '../local-files.ts';
import { moment } from '../moment.ts';
import { type Desk, onBoard } from '../on-board.ts';
import { duration } from '../options.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

interface What {
  readonly profile?: string | undefined;
  readonly tenant?: string | undefined;
}

/** The thing that the flags name: a profile as it is stored, a tenant, or the whole board. */
function keyOf({ profile, tenant }: What): PauseKey {
  if (profile !== undefined) return { scope: 'profile', name: parseAssignee(profile) ?? '' };
  return tenant === undefined ? { scope: 'board', name: '' } : { scope: 'tenant', name: tenant };
}

/** The board that is meant, or every one that is served. */
const boardsOf = async ({ home, board }: Desk, all: true | undefined): Promise<readonly BoardId[]> =>
  all === true ? liveBoards(home, localFiles) : [board];

const profile = () => new Option('--profile <name>', 'only the tasks of this profile').conflicts('tenant');
const tenant = () => new Option('--tenant <name>', 'only the tasks of this tenant');
const allBoards = 'on every board of this home, not only on the active one';

/** What is paused, with its board when several are meant. */
function thing(key: PauseKey, board: BoardId, several: boolean): string {
  if (!several) return pausedThing(key);
  return key.scope === 'board' ? `the board ${board}` : `${pausedThing(key)} on the board ${board}`;
}

const pauseLine = (pause: Pause, board: BoardId, several: boolean): string => {
  const ends =
    pause.until === null ? 'until it is resumed' : `until ${clockTime(pause.until, pause.created_at)}`;
  const said = pause.reason === null ? '' : `: ${pause.reason}`;
  return `${thing(pause, board, several)}, by ${pause.by}, ${ends}${said}`;
};

export function register(program: Program): void {
  program
    .command('pause')
    .description('start nothing more on a board, of a profile or of a tenant; what runs finishes')
    .addOption(profile())
    .addOption(tenant())
    .option('--reason <text>', 'why, for whoever asks what holds a task')
    .addOption(
      new Option('--for <duration>', 'end it after this long: 90, 90s, 15m, 2h, 1d').argParser(duration),
    )
    .addOption(
      new Option('--until <time>', 'end it then: 14:05, "2026-11-21 14:05" or ISO with a zone')
        .argParser((text) => moment(text))
        .conflicts('for'),
    )
    .option('--all-boards', allBoards)
    .option('--list', 'show the pauses that there are')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
A pause holds the dispatcher back, not people: \`andon claim\` takes a task by hand all the same.

Examples:
  andon pause --reason "the graph is being built"
  andon pause --profile deployer --for 2h
  andon resume --profile deployer`,
    )
    .action((flags) =>
      onBoard(program, async (desk) => {
        const boards = await boardsOf(desk, flags.allBoards);
        if (flags.list) return list(desk, boards, flags.json === true);
        const set: (Pause & { board: BoardId })[] = [];
        for (const board of boards) {
          const input = {
            ...keyOf(flags),
            reason: flags.reason,
            by: desk.author,
            until: flags.until,
            for_seconds: flags.for,
          };
          set.push({ board, ...granted(await desk.kernel.pause(board, input)).pause });
        }
        if (flags.json) sayJson(set);
        else for (const { board, ...pause } of set) say(`Paused ${pauseLine(pause, board, set.length > 1)}.`);
      }),
    );

  program
    .command('resume')
    .description('end a pause, or the rest after trouble, so that the dispatcher starts tasks again')
    .addOption(profile())
    .addOption(tenant())
    .option('--all-boards', allBoards)
    .action((flags) =>
      onBoard(program, async (desk) => {
        const key = keyOf(flags);
        const boards = await boardsOf(desk, flags.allBoards);
        const answers = [];
        for (const board of boards) answers.push({ board, answer: await desk.kernel.resume(board, key) });
        const ended = answers.filter(({ answer }) => answer.ok);
        const [refused] = answers.flatMap(({ answer }) => (answer.ok ? [] : [answer.refusal.sentence]));
        if (ended.length === 0 && refused !== undefined) throw new Failure(refused);
        for (const { board } of ended) say(`Resumed ${thing(key, board, boards.length > 1)}.`);
      }),
    );

  program
    .command('rests')
    .description('list the profiles and machines that rest after trouble with their provider or command')
    .option('--all-boards', allBoards)
    .option('--json', 'print JSON')
    .action((flags) =>
      onBoard(program, async (desk) => {
        const found: BoardRest[] = [];
        for (const board of await boardsOf(desk, flags.allBoards)) {
          for (const rest of granted(await desk.kernel.rests(board, {}))) found.push({ ...rest, board });
        }
        if (flags.json) return sayJson(found);
        say(
          found.length === 0 ? '(nothing rests)' : found.map((rest) => restLine(rest, Date.now())).join('\n'),
        );
      }),
    );
}

const restLine = ({ board, ...rest }: BoardRest, now: number): string =>
  [
    board,
    `${rest.subject} ${rest.name}`,
    rest.until > now
      ? `until ${clockTime(rest.until, asMillis(now))} (in ${formatDuration(rest.until - now)})`
      : 'is being tried again',
    `${excuseWords[rest.kind]}: ${oneLine(rest.error)}`,
  ].join('  ');

async function list({ kernel }: Desk, boards: readonly BoardId[], json: boolean): Promise<void> {
  const found: (Pause & { board: BoardId })[] = [];
  for (const board of boards) {
    for (const pause of granted(await kernel.pauses(board, {}))) found.push({ board, ...pause });
  }
  if (json) return sayJson(found);
  if (found.length === 0) return say('(no pauses)');
  for (const { board, ...pause } of found) say(`${board}  ${pauseLine(pause, board, false)}`);
}
