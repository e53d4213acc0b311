import { readFileSync } from 'node:fs';
import type { RefusalCode, Result } from '../../../domain/errors.ts';
import { asTaskId, parseAssignee } from '../../../domain/ids.ts';
import { Failure, granted, usage } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { say } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('specify')
    .description('bring a card out of triage, with better words')
    .argument('<id>', 'the task')
    .option('--title <text>', 'its new title')
    .option('--body <text>', 'the whole assignment')
    .option('--body-file <file>', 'a file that holds it; - for standard input')
    .option('--author <name>', 'who says it, when it is not you')
    .option('--json', 'print JSON on one line')
    .action((id, flags) => {
      if (flags.body !== undefined && flags.bodyFile !== undefined) {
        throw usage('--body and --body-file exclude each other; give one of them.');
      }
      return onBoard(program, async ({ kernel, board, author }) => {
        const body = flags.bodyFile === undefined ? flags.body : textOf(flags.bodyFile);
        const input = { task_id: asTaskId(id), title: flags.title, body, author: flags.author ?? author };
        const done = await kernel.specify(board, input);
        if (flags.json) return sayOutcome(id, done, ({ task }) => ({ new_title: task.title }));
        const { task } = granted(done);
        say(`Specified ${id}  (${task.status})`);
      });
    });

  program
    .command('decompose')
    .description('turn a card in triage into a graph of tasks, for all of which it waits')
    .argument('<id>', 'the task')
    .requiredOption('--plan <file>', 'the graph as JSON; - for standard input')
    .option('--author <name>', 'who says it, when it is not you')
    .option('--json', 'print JSON on one line')
    .addHelpText(
      'after',
      `
A plan: parents are places in the list, counted from 0.
  {"tasks": [{"title": "Measure", "assignee": "alice"},
             {"title": "Report", "body": "…", "assignee": "bob", "parents": [0]}],
   "root_assignee": "carol", "auto_promote": true}`,
    )
    .action((id, flags) =>
      onBoard(program, async ({ kernel, board, home, author }) => {
        const { plan, read } = await import('../../contract.ts');
        const given = granted(read(plan, parsed(flags.plan)));
        const { settingsOf } = await import('../configuration.ts');
        const { orchestrator_profile, auto_promote_children } = await settingsOf(home);
        const done = await kernel.decompose(board, {
          ...given,
          root_assignee: given.root_assignee ?? parseAssignee(orchestrator_profile),
          auto_promote: given.auto_promote ?? auto_promote_children,
          task_id: asTaskId(id),
          author: flags.author ?? author,
        });
        if (flags.json) {
          return sayOutcome(id, done, ({ task, child_ids }) => ({
            fanout: true,
            child_ids,
            new_title: task.title,
          }));
        }
        const { task, child_ids } = granted(done);
        say(`Decomposed ${id} into ${child_ids.join(' ')}  (${id} is ${task.status})`);
      }),
    );
}

/** What both print as JSON: `{task_id, ok, reason, …}` on one line (contract §4.11, §8.2). */
function sayOutcome<Value>(
  task_id: string,
  done: Result<Value>,
  more: (value: Value) => Readonly<Record<string, unknown>>,
): void {
  const failed = (reason: string, code: RefusalCode) => ({ task_id, ok: false, reason, code });
  const outcome = done.ok
    ? { task_id, ok: true, reason: '', ...more(done.value) }
    : failed(done.refusal.sentence, done.refusal.code);
  say(JSON.stringify(outcome));
  if (!done.ok) process.exitCode = 1;
}

const textOf = (file: string): string => {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new Failure(`${nameOf(file)} cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
};

const nameOf = (file: string): string => (file === '-' ? 'Standard input' : file);

function parsed(file: string): unknown {
  try {
    return JSON.parse(textOf(file));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Failure(`${nameOf(file)} is not JSON: ${error.message}.`);
  }
}
