import { dirname, resolve } from 'node:path';
import { homeBoard } from '../../../domain/ids.ts';
import type { Summary } from '../../../domain/view.ts';
import type { World } from '../../../services/world.ts';
import { archiveOf, summaryText } from '../archive.ts';
import { Failure, granted } from '../failure.ts';
import { type Desk, onBoard } from '../on-board.ts';
import { say, sayJson, warn } from '../output.ts';
import { progress } from '../progress.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('restore')
    .description('bring a backup of the board back; without --yes only tell what that would change')
    .argument('<file>', 'the backup, or `latest`')
    .option('--yes', 'do it')
    .option('--force', 'also while processes of its runs live: what they answer will be refused')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nWhat is there now is kept beside the database. Gateways and whoever else works on the board see the change at once.',
    )
    .action((file, { yes = false, force = false, json }) =>
      onBoard(program, async (desk) => {
        const archive = await archiveOf(desk);
        const { quietWorld } = await import('../quiet-world.ts');
        const world = quietWorld();
        const path = file === 'latest' ? await latest(desk, world) : resolve(file);
        const { board, paths } = desk;
        const now = await present(desk);
        const living = await livingOf(desk, world, now);
        const change = { board, backup: path, before: now, living_runs: living };
        if (!yes) {
          const backup = await archive.look(board, path);
          if (json) return sayJson({ ...change, after: backup, restored: false });
          return tellPlan(desk, path, now, backup, living);
        }
        if (living.length > 0 && !force) throw stillLiving(living);
        await world.files.makeFolder(dirname(paths.db));
        const aside = `${paths.db}.before-restore-${world.now()}.db`;
        const after = await archive.restore(
          board,
          path,
          { aside, epochs: await epochsOf(desk, world) },
          progress(),
        );
        const kept = (await world.files.size(aside)) === undefined ? null : aside;
        for (const sentence of after.unsound) warn(`andon: the board is as the backup has it: ${sentence}`);
        if (json) return sayJson({ ...change, after, restored: true, kept });
        say(`Board ${board} is as in ${path}: ${summaryText(after)}`);
        if (kept !== null) say(`What was there is ${kept}`);
      }),
    );
}

async function latest({ home, board }: Desk, { files }: World): Promise<string> {
  const { backupsFolder, backupsOf } = await import('../../../services/backups.ts');
  const [newest] = await backupsOf(home, files, board);
  if (newest !== undefined) return newest.path;
  throw new Failure(
    `There is no backup of the board ${board} in ${backupsFolder(home, board)}; name a file instead.`,
  );
}

/** What the board holds now, or why that cannot be told. */
async function present({ kernel, board }: Desk): Promise<Summary | { readonly fault: string }> {
  try {
    return granted(await kernel.summary(board, {}));
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

async function livingOf(
  { kernel, board, paths }: Desk,
  world: World,
  now: Awaited<ReturnType<typeof present>>,
): Promise<readonly number[]> {
  const { livingRuns, livingRunsIn } = await import('../../../services/living-runs.ts');
  return 'fault' in now ? livingRunsIn(world, paths.runs) : livingRuns(world, kernel, board);
}

const runsText = (runs: readonly number[]): string =>
  runs.length === 1 ? `the process of run ${runs[0]} lives` : `processes of the runs ${runs.join(', ')} live`;

const stillLiving = (runs: readonly number[]): Failure =>
  new Failure(
    `While ${runsText(runs)}, the board is not restored; wait for them, end them with \`andon reclaim\`, or say --force.`,
  );

/** A leader of yesterday must not find its epoch good again: the home remembers where the roles have come to. */
async function epochsOf({ kernel, home }: Desk, world: World): Promise<ReadonlyMap<string, number>> {
  const { liveGateways } = await import('../../../services/presence.ts');
  const own = (await liveGateways(home, world)).map(({ name }) => `notifier:${name}`);
  const epochs = new Map<string, number>();
  for (const role of ['dispatcher', 'notifier', ...own]) {
    // A home store that is lost too knows of no role, and must not keep a board from coming back.
    const answer = await kernel.lease(homeBoard, { role }).catch(() => undefined);
    if (answer?.ok && answer.value.lease !== null) epochs.set(role, answer.value.lease.epoch);
  }
  return epochs;
}

function tellPlan(
  { board }: Desk,
  path: string,
  now: Awaited<ReturnType<typeof present>>,
  backup: Summary,
  living: readonly number[],
): void {
  say(`Board ${board} now: ${'fault' in now ? now.fault : summaryText(now)}`);
  say(`In the backup:  ${summaryText(backup)}`);
  for (const sentence of backup.unsound) say(`The backup breaks a rule: ${sentence}`);
  if (living.length > 0)
    say(`${runsText(living)}: --force is needed.`.replace(/^./, (first) => first.toUpperCase()));
  say(`Nothing was changed. To bring it back: andon --board ${board} restore ${path} --yes`);
}
