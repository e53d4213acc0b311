import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { CreateTask } from '../../../domain/command.ts';
import { asTaskId, parseAssignee } from '../../../domain/ids.ts';
import { taskAnswer } from '../../answers.ts';
import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { duration, repeated, wholeNumber } from '../options.ts';
import { say, sayJson, warn } from '../output.ts';
import type { Program } from '../verb.ts';

type Workspace = Pick<CreateTask, 'workspace_kind' | 'workspace_path'>;

/**
 * Contract §8.2: `scratch` or `dir:<path>`. A relative path is meant from here, because the worker is started elsewhere;
 * a leading `~` is left to the gateway, whose home it means.
 */
function workspace(text: string): Workspace {
  if (text === 'scratch') return { workspace_kind: 'scratch' };
  const path = /^dir:(.+)$/s.exec(text)?.[1]?.trim();
  if (!path) throw new InvalidArgumentError('It must be scratch or dir:<path>.');
  return { workspace_kind: 'dir', workspace_path: path.startsWith('~') ? path : resolve(path) };
}

export function register(program: Program): void {
  program
    .command('create')
    .description('put a task on the board')
    .argument('<title>', 'what is to be done, in one line')
    .option('--body <text>', 'the whole assignment')
    .option('--assignee <profile>', 'who does it')
    .option('--parent <id>', 'a task that must be done first (repeat for several)', repeated)
    .option('--workspace <where>', 'scratch (default) or dir:<path>', workspace)
    .option('--tenant <name>', 'whom it is for')
    .option('--priority <number>', 'higher runs earlier; 0 unless said', wholeNumber())
    .option('--idempotency-key <key>', 'a second create with this key answers the first task')
    .option('--max-runtime <duration>', 'end a run after this long: 90, 90s, 15m, 2h, 1d', duration)
    .option('--max-retries <number>', 'block after this many failures in a row', wholeNumber(1))
    .option('--skill <name>', 'a skill that the worker loads (repeat for several)', repeated)
    .addOption(
      new Option('--initial-status <status>', 'running: as usual; blocked: wait for an unblock').choices([
        'running',
        'blocked',
      ] as const),
    )
    .option('--created-by <name>', 'the author, when it is not you')
    .option('--json', 'print the task as JSON')
    .addHelpText(
      'after',
      `
Examples:
  andon create "Count the lines" --assignee counter --workspace dir:.
  andon create "Write the report" --assignee writer --parent t_1a2b3c4d --parent t_5e6f7a8b
  andon create "Nightly build" --assignee builder --max-runtime 30m --idempotency-key nightly-2026-11-21`,
    )
    .action((title, flags) =>
      onBoard(program, async (desk) => {
        const { task } = granted(
          await desk.kernel.create(desk.board, {
            title,
            body: flags.body,
            assignee: flags.assignee === undefined ? undefined : parseAssignee(flags.assignee),
            created_by: flags.createdBy ?? desk.author,
            parents: flags.parent?.map(asTaskId),
            priority: flags.priority,
            tenant: flags.tenant,
            ...flags.workspace,
            idempotency_key: flags.idempotencyKey,
            max_runtime_seconds: flags.maxRuntime,
            max_retries: flags.maxRetries,
            skills: flags.skill,
            initial_status: flags.initialStatus,
          }),
        );
        if (flags.json) {
          sayJson(taskAnswer(task));
          return;
        }
        say(`Created ${task.id}  (${task.status}, assignee=${task.assignee ?? '-'})`);
        if (task.status !== 'ready' || task.assignee === null) return;
        const { dispatchWarning } = await import('../gateways.ts');
        const warning = await dispatchWarning(desk.home);
        if (warning !== undefined) warn(warning);
      }),
    );
}
