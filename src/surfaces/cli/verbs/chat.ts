import { Option } from '@commander-js/extra-typings';
import { chatRoles, type PairedPerson } from '../../../domain/chat.ts';
import { formatDuration } from '../../../domain/duration.ts';
import { readEnv } from '../../../domain/env.ts';
import { homeBoard } from '../../../domain/ids.ts';
import { newPairingCode, pairingSeconds } from '../../pairing-code.ts';
import { columns, oneLine } from '../../render.ts';
import { granted, usage } from '../failure.ts';
import { onHome } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

const mostListed = 1000;

export function register(program: Program): void {
  const chat = program
    .command('chat')
    .description('who may speak to the board in chats: pair somebody, list them, end it')
    .addHelpText(
      'after',
      `
Beside these stand the people that \`chat:\` in andon.yaml lists.

Example:
  andon chat pair --role viewer      then send the bot what it prints`,
    );

  chat
    .command('pair')
    .description('make a code for one person; whoever sends it to the bot within ten minutes may speak')
    .addOption(
      new Option('--role <role>', 'what they may do').choices(chatRoles).default('operator' as const),
    )
    .option('--platform <name>', 'only there, such as telegram; anywhere unless said')
    .option('--json', 'print JSON')
    .action(({ role, platform, json }) =>
      onHome(async ({ kernel, home }) => {
        const { code, hash } = newPairingCode();
        const only = platform?.trim().toLowerCase() ?? null;
        granted(
          await kernel.createCode(homeBoard, {
            hash,
            platform: only,
            role,
            created_by: readEnv(home.env, 'ANDON_PROFILE_NAME') ?? 'user',
            for_seconds: pairingSeconds,
          }),
        );
        if (json) return sayJson({ code, role, platform: only, for_seconds: pairingSeconds });
        say(`/kanban pair ${code}`);
        say(
          `Whoever sends this to the bot within ${pairingSeconds / 60} minutes, once, is ${a(role)} from then on.`,
        );
      }),
    );

  chat
    .command('list')
    .alias('ls')
    .description('list who was paired')
    .option('--json', 'print JSON')
    .action(({ json }) =>
      onHome(async ({ kernel }) => {
        const people = granted(await kernel.pairedPeople(homeBoard, { limit: mostListed }));
        if (json) return sayJson(people.map((person) => ({ id: idOf(person), ...person })));
        if (people.length === 0) return say('(nobody was paired)');
        for (const cells of columns(people.map((each) => cellsOf(each, Date.now())))) say(cells.join('  '));
      }),
    );

  chat
    .command('unpair')
    .description('from now on they may not speak, unless andon.yaml lists them')
    .argument('<id>', 'their id, as `list` shows it')
    .option('--json', 'print JSON')
    .action((id, { json }) =>
      onHome(async ({ kernel }) => {
        const [, platform, user_id] = /^([^:]+):(.+)$/.exec(id.trim()) ?? [];
        if (platform === undefined || user_id === undefined) {
          throw usage(`An id looks like telegram:123456789, not ${id}; \`andon chat list\` shows them.`);
        }
        granted(await kernel.unpair(homeBoard, { platform, user_id }));
        if (json) sayJson({ id, unpaired: true });
        else say(`Unpaired ${id}`);
      }),
    );
}

const a = (role: string): string => (role === 'operator' ? 'an operator' : 'a viewer');
const idOf = ({ platform, user_id }: PairedPerson): string => `${platform}:${user_id}`;

const cellsOf = (person: PairedPerson, now: number): string[] => [
  idOf(person),
  person.role,
  oneLine(person.name, 40),
  `by ${oneLine(person.paired_by, 40)}`,
  `${formatDuration(now - person.paired_at)} ago`,
];
