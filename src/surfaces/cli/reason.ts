import { hostname } from 'node:os';
import { budgetsOn } from '../../domain/budget.ts';
import { asProfileName, type TaskId } from '../../domain/ids.ts';
import type { Why } from '../../domain/why.ts';
import { granted } from './failure.ts';
import { localFiles } from './local-files.ts';
import type { Desk } from './on-board.ts';

/** Why a task is not running, by its board and by its home. */
export async function reasonFor({ kernel, board, home }: Desk, task_id: TaskId): Promise<Why> {
  const { rosterOf, settingsOf } = await import('./configuration.ts');
  const { asideOn, gatewaysOf, hermesOn } = await import('./gateways.ts');
  const dispatchers = (await gatewaysOf(home)).flatMap(({ dispatcher, name }) => (dispatcher ? [name] : []));
  // A gateway's own block in its profile counts for what it dispatches.
  const [name] = dispatchers;
  const settings = await settingsOf(home, name === undefined ? undefined : asProfileName(name));
  const budgets = budgetsOn(settings.budgets, board);
  const standing = granted(await kernel.standing(board, { task_id, budgets }));
  const roster = await rosterOf(home);
  const hermes = await hermesOn(home);
  const { reasonOf } = await import('../../services/reason.ts');
  const desk = { kernel, home, files: localFiles };
  const aside = await asideOn(home);
  return reasonOf(desk, {
    board,
    standing,
    settings,
    roster,
    dispatchers,
    hermes,
    aside,
    host: hostname(),
  });
}
