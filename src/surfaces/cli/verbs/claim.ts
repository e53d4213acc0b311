import { readEnv } from '../../../domain/env.ts';
import { asSeconds, asTaskId, type TaskId } from '../../../domain/ids.ts';
import { findWorkspace, makeFolderOf } from '../../../services/workspace.ts';
import { hostName } from '../../../services/world-node-host.ts';
import { taskAnswer } from '../../answers.ts';
import { granted } from '../failure.ts';
import { localFiles } from '../local-files.ts';
import { type Desk, onBoard, runOf } from '../on-board.ts';
import { duration, jsonObject } from '../options.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('claim')
    .description('take a ready task yourself, without a worker process')
    .argument('<id>', 'the task')
    .option(
      '--ttl <duration>',
      'give it back unless a heartbeat comes within this time',
      duration,
      asSeconds(900),
    )
    .option('--json', 'print JSON')
    .action((id, { ttl, json }) =>
      onBoard(program, async ({ kernel, board, home, paths }) => {
        const task_id = asTaskId(id);
        const { task } = granted(await kernel.show(board, { task_id, events: 0 }));
        const workspace_path = granted(
          await findWorkspace(localFiles, task, {
            workspaces: paths.workspaces,
            cwd: process.cwd(),
            userHome: home.userHome,
          }),
        );
        const claim_lock = `${hostName(process.env)}:${process.pid}`;
        const claim = granted(
          await kernel.claim(board, { task_id, claim_lock, ttl_seconds: ttl, workspace_path }),
        );
        await makeFolderOf(localFiles, task, workspace_path);
        if (json) {
          sayJson({
            task: taskAnswer(claim.task),
            run_id: claim.run_id,
            claim_lock,
            workspace: workspace_path,
          });
          return;
        }
        say(`Claimed ${id}`);
        say(`Workspace: ${workspace_path}`);
      }),
    );

  program
    .command('heartbeat')
    .description('say that a running task is still being worked on')
    .argument('<id>', 'the task')
    .option('--note <text>', 'how far it is; it becomes an event')
    .option('--json', 'print the task as JSON')
    .action((id, { note, json }) =>
      onBoard(program, async (desk) => {
        const task_id = asTaskId(id);
        const { task } = granted(await desk.kernel.heartbeat(desk.board, { ...held(desk, task_id), note }));
        if (json) sayJson(taskAnswer(task));
        else say(`Heartbeat of ${id}`);
      }),
    );

  program
    .command('checkpoint')
    .description('keep how far a running task is, for the attempt that may have to go on with it')
    .argument('<id>', 'the task')
    .argument('<text...>', 'what is done, and what comes next')
    .option('--data <json>', 'facts to go on from, as a JSON object', jsonObject)
    .option('--json', 'print the task as JSON')
    .addHelpText(
      'after',
      `
The next worker reads the newest checkpoint in its brief (andon context).

Example:
  andon checkpoint "$ANDON_TASK" "Chapters 1 to 3 are translated" --data '{"next": 4}'`,
    )
    .action((id, words, { data, json }) =>
      onBoard(program, async (desk) => {
        const input = { ...held(desk, asTaskId(id)), text: words.join(' '), data };
        const { task } = granted(await desk.kernel.checkpoint(desk.board, input));
        if (json) sayJson(taskAnswer(task));
        else say(`Checkpoint of ${id}`);
      }),
    );
}

/** A worker's own task, with the run and the claim by which it holds it. */
function held(desk: Desk, task_id: TaskId) {
  const run = runOf(desk, task_id);
  const isOwn = run.run_id !== undefined;
  return {
    task_id,
    ...run,
    claim_lock: isOwn ? readEnv(desk.home.env, 'ANDON_CLAIM_LOCK') : undefined,
  };
}
