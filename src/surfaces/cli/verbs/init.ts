import { storeAddress } from '../../../services/home.ts';
import { soundSettings } from '../../sound-settings.ts';
import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { say, sayJson, warn } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('init')
    .description('make the board, or bring an old one up to date; safe to repeat')
    .option('--json', 'print JSON')
    .action(({ json }) =>
      onBoard(program, async ({ kernel, home, board, paths }) => {
        granted(await kernel.init(board, {}));
        if (storeAddress(home, await soundSettings(home)) === undefined) {
          const { keepReserve } = await import('../../../services/reserve.ts');
          const { quietWorld } = await import('../quiet-world.ts');
          await keepReserve(quietWorld(), home);
        }
        const { rosterOf } = await import('../configuration.ts');
        const { startable, problems } = await rosterOf(home);
        for (const sentence of problems.values()) warn(`andon: ${sentence}`);
        const names = [...startable.keys(), ...problems.keys()].sort();
        if (json) {
          sayJson({ board, db: paths.db, profiles: names });
          return;
        }
        say(`Board ${board}: ${paths.db}`);
        say(
          names.length > 0
            ? `Profiles: ${names.join(', ')}`
            : `No profiles yet: write ${home.root}/profiles/<name>/andon.yaml with \`command: [program, argument]\`.`,
        );
        say('Next: `andon gateway start` runs the workers.');
      }),
    );
}
