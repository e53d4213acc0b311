import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { CreateTask } from '../../../domain/command.ts';
import { readEnv } from '../../../domain/env.ts';
import { asTaskId, parseAssignee } from '../../../domain/ids.ts';
import { parsePlace, placeText } from '../../../domain/place.ts';
import { workspaceKinds } from '../../../domain/task.ts';
import { withBoardWorkdir } from '../../../services/home.ts';
import { taskAnswer } from '../../answers.ts';
import { granted } from '../failure.ts';
import { localFiles } from '../local-files.ts';
import { moment } from '../moment.ts';
import { type Desk, onBoard } from '../on-board.ts';
import { duration, repeated, wholeNumber } from '../options.ts';
import { say, sayJson, warn } from '../output.ts';
import type { Program } from '../verb.ts';

type Workspace = Pick<CreateTask, 'workspace_kind' | 'workspace_path'>;

/**
 * Contract §8.2. `dir` alone means the board's default folder, `worktree` alone one of its own. A relative path is meant from
 * here, because the worker is started elsewhere; a leading `~` is left to the gateway, whose home it means.
 */
function workspace(text: string): Workspace {
  const [kind = '', ...rest] = text.split(':');
  const workspace_kind = workspaceKinds.find((known) => known === kind);
  const path = rest.join(':').trim();
  const bare = rest.length === 0;
  if (workspace_kind === undefined || (!bare && (path === '' || workspace_kind === 'scratch'))) {
    throw new InvalidArgumentError('It must be scratch, dir:<path>, worktree or worktree:<path>.');
  }
  if (bare) return { workspace_kind };
  return { workspace_kind, workspace_path: path.startsWith('~') ? path : resolve(path) };
}

type Told = Pick<CreateTask, 'subscribe' | 'session_id'> & { readonly where?: 'chat' | 'terminal' };

/** A create that came from a chat, or that a person typed, subscribes that place in the same transaction (contract §7.5). */
async function whoIsTold({ home }: Desk, isTyped: boolean): Promise<Told> {
  const place = parsePlace(readEnv(home.env, 'ANDON_CHAT_PLACE') ?? '');
  if (place !== undefined) {
    const notifier_profile = readEnv(home.env, 'ANDON_CHAT_PROFILE');
    return { subscribe: { ...place, notifier_profile }, session_id: placeText(place), where: 'chat' };
  }
  if (!isTyped || readEnv(home.env, 'ANDON_TASK') !== undefined) return {};
  const { ownTerminal } = await import('../own-terminal.ts');
  const terminal = await ownTerminal();
  if (terminal === undefined) return {};
  const { terminalSubscriber } = await import('../../../services/terminal.ts');
  return { subscribe: terminalSubscriber(terminal), where: 'terminal' };
}

export function register(program: Program): void {
  program
    .command('create')
    .description('put a task on the board')
    .argument('<title>', 'what is to be done, in one line')
    .option('--body <text>', 'the whole assignment')
    .option('--assignee <profile>', 'who does it')
    .option('--parent <id>', 'a task that must be done first (repeat for several)', repeated)
    .option('--workspace <where>', 'scratch (default), dir:<path>, worktree or worktree:<path>', workspace)
    .option('--branch <name>', 'the branch of a worktree')
    .option('--tenant <name>', 'whom it is for')
    .option('--priority <number>', 'higher runs earlier; 0 unless said', wholeNumber())
    .option('--triage', 'it is only an idea yet: keep it in triage until it is specified')
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
    .addOption(
      new Option('--at <time>', 'not before: 14:05, "2026-11-21 14:05" or ISO with a zone')
        .argParser((text) => moment(text))
        .conflicts('in'),
    )
    .addOption(new Option('--in <duration>', 'not before this long from now').argParser(duration))
    .option('--goal', 'let a judge decide whether the goal is reached')
    .option('--goal-max-turns <number>', 'how many turns the judge allows', wholeNumber(1))
    .option('--created-by <name>', 'the author, when it is not you')
    .option('--no-notify', 'do not tell this terminal how it goes')
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
        const input = await withBoardWorkdir(desk.home, localFiles, desk.board, {
          title,
          body: flags.body,
          assignee: flags.assignee === undefined ? undefined : parseAssignee(flags.assignee),
          created_by: flags.createdBy ?? desk.author,
          parents: flags.parent?.map(asTaskId),
          priority: flags.priority,
          tenant: flags.tenant,
          ...flags.workspace,
          triage: flags.triage,
          idempotency_key: flags.idempotencyKey ?? readEnv(desk.home.env, 'ANDON_CHAT_REQUEST'),
          max_runtime_seconds: flags.maxRuntime,
          max_retries: flags.maxRetries,
          skills: flags.skill,
          initial_status: flags.initialStatus,
          branch_name: flags.branch,
          scheduled_at: flags.at,
          scheduled_in_seconds: flags.in,
          goal_mode: flags.goal,
          goal_max_turns: flags.goalMaxTurns,
          session_id:
            readEnv(desk.home.env, 'ANDON_SESSION_ID') ?? readEnv(desk.home.env, 'ANDON_CHAT_PLACE'),
        });
        const { where, ...told } = await whoIsTold(desk, flags.notify && !flags.json);
        const { task } = granted(await desk.kernel.create(desk.board, { ...input, ...told }));
        if (flags.json) {
          sayJson(taskAnswer(task));
          return;
        }
        say(`Created ${task.id}  (${task.status}, assignee=${task.assignee ?? '-'})`);
        if (where !== undefined) say(`(subscribed: this ${where} is told how it goes)`);
        if (task.status !== 'ready' || task.assignee === null) return;
        const { dispatchWarning } = await import('../../../services/dispatch-warning.ts');
        const { quietWorld } = await import('../quiet-world.ts');
        const warning = await dispatchWarning(desk.home, quietWorld());
        if (warning !== undefined) warn(warning);
      }),
    );
}
