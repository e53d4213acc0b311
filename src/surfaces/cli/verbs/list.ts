import { Option } from '@commander-js/extra-typings';
import { parseAssignee } from '../../../domain/ids.ts';
import { statuses } from '../../../domain/task.ts';
import { sortKeys } from '../../../domain/view.ts';
import { liveBoards, readBoard } from '../../../services/home.ts';
import { taskAnswer } from '../../answers.ts';
import { taskLines } from '../../render.ts';
import { boardHeader } from '../../render-boards.ts';
import { granted, usage } from '../failure.ts';
import { localFiles } from '../local-files.ts';
import { onBoard } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('list')
    .alias('ls')
    .description('list the tasks of the board')
    .option('--mine', 'only what is assigned to me')
    .option('--assignee <profile>', 'only what is assigned to this profile')
    .addOption(new Option('--status <status>', 'only tasks in this status').choices(statuses))
    .option('--tenant <name>', 'only tasks of this tenant')
    .option('--session <id>', 'only tasks that this session made')
    .option('--workflow-template-id <id>', 'only tasks of this workflow')
    .option('--step-key <key>', 'only tasks at this step of their workflow')
    .option('--archived', 'archived tasks too')
    .addOption(new Option('--sort <key>', 'the order (default: priority)').choices(sortKeys))
    .option('--all-boards', 'the tasks of every board')
    .option('--json', 'print the tasks as JSON')
    .action((flags) => {
      if (flags.mine && flags.assignee !== undefined) {
        throw usage('--mine and --assignee exclude each other; give one of them.');
      }
      if (flags.allBoards && program.opts().board !== undefined) {
        throw usage('--all-boards and --board exclude each other; give one of them.');
      }
      return onBoard(program, async ({ kernel, home, board, author, paint }) => {
        const wanted = flags.mine ? author : flags.assignee;
        const filter = {
          assignee: (wanted !== undefined && parseAssignee(wanted)) || undefined,
          status: flags.status,
          tenant: flags.tenant,
          session_id: flags.session,
          workflow_template_id: flags.workflowTemplateId,
          current_step_key: flags.stepKey,
          include_archived: flags.archived || flags.status === 'archived',
          sort: flags.sort,
        };
        const live = await liveBoards(home, localFiles);
        const boards = flags.allBoards ? live : [board];
        const lists = await Promise.all(boards.map(async (each) => granted(await kernel.list(each, filter))));
        if (flags.json) {
          const named = (index: number) => (flags.allBoards ? { board: boards[index] } : {});
          return sayJson(
            lists.flatMap((tasks, index) => tasks.map((task) => ({ ...taskAnswer(task), ...named(index) }))),
          );
        }
        for (const [index, each] of boards.entries()) {
          const tasks = lists[index] ?? [];
          if (live.length > 1) say(boardHeader(await readBoard(home, localFiles, each), paint));
          say(tasks.length === 0 ? '(no matching tasks)' : taskLines(tasks, paint).join('\n'));
        }
      });
    });
}
