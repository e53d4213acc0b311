import { homeBoard } from '../../../domain/ids.ts';
import { everyBoard } from '../../../services/home.ts';
import { localFiles } from '../local-files.ts';
import { onHome } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('migrate')
    .description('bring every board and the home store up to date; safe to repeat')
    .option('--json', 'print JSON')
    .action(({ json }) =>
      onHome(async ({ home, kernel }) => {
        const { board } = program.opts();
        const boards = board === undefined ? await everyBoard(home, localFiles) : [board];
        const done: { board: string; added: readonly string[] | null }[] = [];
        for (const each of [...boards, homeBoard]) {
          done.push({ board: each, added: (await kernel.upgrade(each)) ?? null });
        }
        if (json) return sayJson(done);
        for (const { board: name, added } of done) say(`${name}: ${outcome(added)}`);
      }),
    );
}

function outcome(added: readonly string[] | null): string {
  if (added === null) return 'not made yet; its first write makes it';
  return added.length === 0 ? 'up to date' : `added ${added.join(', ')}`;
}
