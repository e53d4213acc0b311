import { removeTasks } from '../remove-tasks.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('delete')
    .description('delete tasks for good, with their comments, runs, events and files')
    .argument('<ids...>', 'the tasks')
    .option('--json', 'print JSON')
    .action((ids, { json }) => removeTasks(program, ids, 'delete', json));

  program
    .command('purge')
    .description('delete archived tasks for good; others are refused')
    .argument('<ids...>', 'the tasks')
    .option('--json', 'print JSON')
    .action((ids, { json }) => removeTasks(program, ids, 'purge', json));
}
