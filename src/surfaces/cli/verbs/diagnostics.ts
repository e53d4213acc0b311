import { Option } from '@commander-js/extra-typings';
import { type Diagnostic, severities, type TaskDiagnostics } from '../../../domain/diagnostics.ts';
import { asTaskId } from '../../../domain/ids.ts';
import { oneLine, type Paint } from '../../render.ts';
import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('diagnostics')
    .alias('diag')
    .description('tell which tasks look wrong, why, and what to do')
    .option('--task <id>', 'only this task')
    .addOption(new Option('--severity <least>', 'only what is at least this bad').choices(severities))
    .option('--json', 'print JSON')
    .action((flags) =>
      onBoard(program, async ({ kernel, board, home, paint }) => {
        const { settingsOf } = await import('../configuration.ts');
        const { diagnosisOf } = await import('../../../services/diagnosis.ts');
        const all = granted(
          await kernel.diagnose(board, {
            task_id: flags.task === undefined ? undefined : asTaskId(flags.task),
            ...diagnosisOf(await settingsOf(home)),
          }),
        );
        const least = severities.indexOf(flags.severity ?? 'warning');
        const bad = (each: Diagnostic) => severities.indexOf(each.severity) >= least;
        const diagnostics = all
          .map((each) => ({ ...each, diagnostics: each.diagnostics.filter(bad) }))
          .filter((each) => each.diagnostics.length > 0);
        if (flags.json) return sayJson({ diagnostics, count: diagnostics.length });
        if (diagnostics.length === 0) return say('(nothing looks wrong)');
        for (const each of diagnostics) say(text(each, paint));
      }),
    );
}

const styles = { warning: 'yellow', error: 'red', critical: 'red' } as const;

function text({ task_id, task_title, diagnostics }: TaskDiagnostics, paint: Paint): string {
  const lines = diagnostics.flatMap(({ severity, title, detail, actions }) => {
    const next = actions.find(({ suggested }) => suggested) ?? actions[0];
    return [
      `  ${paint(styles[severity], severity)}  ${oneLine(title)}`,
      `    ${oneLine(detail, 400)}`,
      ...(next ? [`    ${oneLine(next.label)}: ${paint('cyan', next.payload.command)}`] : []),
    ];
  });
  return [`${paint('bold', task_id)}  ${oneLine(task_title)}`, ...lines].join('\n');
}
