import { Option } from '@commander-js/extra-typings';
import { formatDuration } from '../../../domain/duration.ts';
import { readEnv } from '../../../domain/env.ts';
import { asMillis, type BoardId, homeBoard } from '../../../domain/ids.ts';
import { reaches, spent, type Token } from '../../../domain/token.ts';
import { boardExists } from '../../../services/home.ts';
import { columns, oneLine } from '../../render.ts';
import { Failure, granted } from '../failure.ts';
import { localFiles } from '../local-files.ts';
import { type HomeDesk, onHome } from '../on-board.ts';
import { commaList, duration, board as slug } from '../options.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

const mostListed = 1000;

export function register(program: Program): void {
  const token = program
    .command('token')
    .description('tokens for the HTTP API: make one, list them, end one')
    .addHelpText(
      'after',
      `
A viewer looks, an operator works with tasks, an admin changes boards and tokens too.

Example:
  andon token create ci --role operator --boards website --expires 30d`,
    );

  token
    .command('create')
    .description('make a token and print it; it is told this once')
    .argument('<name>', 'whose it is: it stands in events as who asked')
    .addOption(new Option('--role <role>', 'what it may do').choices(reaches).default('viewer' as const))
    .option('--boards <slugs>', 'only these, with commas between; all unless said', boards)
    .option('--expires <duration>', 'it ends after this long: 90, 90s, 15m, 2h, 1d', duration)
    .option('--json', 'print JSON')
    .action((name, { role, boards: only, expires, json }) =>
      onHome(async (desk) => {
        await checkBoards(desk, only ?? []);
        const { newCredential } = await import('../../http/secret.ts');
        const { id, hash, text } = newCredential('k');
        const made = granted(
          await desk.kernel.createToken(homeBoard, {
            id,
            hash,
            name,
            kind: 'token',
            role,
            boards: only ?? null,
            created_by: readEnv(desk.home.env, 'ANDON_PROFILE_NAME') ?? 'user',
            for_seconds: expires,
          }),
        );
        if (json) sayJson({ ...made, secret: text });
        else say(text);
      }),
    );

  token
    .command('list')
    .alias('ls')
    .description('list the tokens and the sessions of browsers, without their secrets')
    .option('--json', 'print JSON')
    .action(({ json }) =>
      onHome(async ({ kernel }) => {
        const found = granted(await kernel.tokens(homeBoard, { limit: mostListed }));
        if (json) return sayJson(found);
        if (found.length === 0) return say('(no tokens)');
        for (const cells of columns(found.map((each) => cellsOf(each, Date.now())))) say(cells.join('  '));
      }),
    );

  token
    .command('revoke')
    .description('end a token or a session now')
    .argument('<id>', 'its id, as `list` shows it')
    .option('--json', 'print JSON')
    .action((id, { json }) =>
      onHome(async ({ kernel }) => {
        granted(await kernel.revokeToken(homeBoard, { id }));
        if (json) sayJson({ id, revoked: true });
        else say(`Revoked ${id}`);
      }),
    );
}

const boards = (text: string): BoardId[] => commaList(text).map(slug);

async function checkBoards({ home }: HomeDesk, wanted: readonly BoardId[]): Promise<void> {
  for (const board of wanted) {
    if (!(await boardExists(home, localFiles, board))) {
      throw new Failure(
        `No board ${board} in ${home.root}; \`andon boards list\` shows those that there are.`,
      );
    }
  }
}

function cellsOf(token: Token, now: number): string[] {
  const over = spent(token, asMillis(now));
  const ends =
    over ?? (token.expires_at === null ? 'no end' : `ends in ${formatDuration(token.expires_at - now)}`);
  const used =
    token.last_used_at === null ? 'never used' : `used ${formatDuration(now - token.last_used_at)} ago`;
  return [
    token.id,
    token.kind,
    token.role,
    oneLine(token.name, 40),
    token.boards?.join(',') ?? 'all boards',
    ends,
    used,
  ];
}
