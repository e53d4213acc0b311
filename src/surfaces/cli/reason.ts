import { defaultCooldown } from '../../domain/admission.ts';
import { readSeconds } from '../../domain/env.ts';
import { asSeconds, parseAssignee, type TaskId } from '../../domain/ids.ts';
import { type Why, why } from '../../domain/why.ts';
import { granted } from './failure.ts';
import type { Desk } from './on-board.ts';

/** Why a task is not running, by its board and by its home. */
export async function reasonFor({ kernel, board, home }: Desk, task_id: TaskId): Promise<Why> {
  const standing = granted(await kernel.standing(board, { task_id }));
  const { profilesOf, settingsOf } = await import('./configuration.ts');
  const { gatewaysOf } = await import('./gateways.ts');
  const settings = await settingsOf(home);
  const gateways = await gatewaysOf(home);
  return why(standing, {
    limits: {
      max_in_progress: settings.max_in_progress,
      profiles: new Set((await profilesOf(home)).startable),
      default_assignee: parseAssignee(settings.default_assignee),
      rate_limit_cooldown: asSeconds(
        readSeconds(home.env, 'ANDON_RATE_LIMIT_COOLDOWN_SECONDS', defaultCooldown),
      ),
    },
    dispatchers: gateways.filter(({ dispatcher }) => dispatcher).map(({ name }) => name),
  });
}
