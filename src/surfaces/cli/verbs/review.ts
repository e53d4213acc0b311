import { InvalidArgumentError } from '@commander-js/extra-typings';
import { type ProfileName, parseAssignee } from '../../../domain/ids.ts';
import { forEachTask } from '../bulk.ts';
import { runOf } from '../on-board.ts';
import { repeated } from '../options.ts';
import type { Program } from '../verb.ts';

const somebody = (text: string): ProfileName => {
  const profile = parseAssignee(text);
  if (profile === null) throw new InvalidArgumentError('It must be the name of a profile.');
  return profile;
};

export function register(program: Program): void {
  program
    .command('request-review')
    .description('say that the work is done and shall be looked at by somebody')
    .argument('<id>', 'the task')
    .option('--reviewer <profile>', 'who reviews; its own profile unless said', somebody)
    .option('--summary <text>', 'what was done, for the reviewer')
    .option('--artifact <path>', 'a file to look at (repeat for several)', repeated)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
The reviewer completes the task when it is good, or asks for changes:
  andon request-review t_1a2b3c4d --reviewer carol --summary "Fixed the login; see the new tests"
  andon request-changes t_1a2b3c4d the empty password is still accepted`,
    )
    .action((id, { reviewer, summary, artifact, json }) =>
      forEachTask(program, [id], { past: 'Requested a review of', json }, (desk, task_id) => {
        const input = { task_id, ...runOf(desk, task_id), reviewer, summary, artifacts: artifact };
        return desk.kernel.requestReview(desk.board, input);
      }),
    );

  program
    .command('request-changes')
    .description('answer a review: it is not good yet, and goes back to whoever did the work')
    .argument('<id>', 'the task')
    .argument('[reason...]', 'what has to change')
    .option('--json', 'print JSON')
    .action((id, words, { json }) =>
      forEachTask(program, [id], { past: 'Requested changes of', json, lands: 'varies' }, (desk, task_id) =>
        desk.kernel.requestChanges(desk.board, {
          task_id,
          ...runOf(desk, task_id),
          reason: words.join(' '),
        }),
      ),
    );

  program
    .command('reopen-review')
    .description('take tasks out of review, back to whoever did the work')
    .argument('<ids...>', 'the tasks')
    .option('--reason <text>', 'why')
    .option('--json', 'print JSON')
    .action((ids, { reason, json }) =>
      forEachTask(program, ids, { past: 'Reopened', json, lands: 'varies' }, (desk, task_id) =>
        desk.kernel.reopenReview(desk.board, { task_id, reason }),
      ),
    );
}
