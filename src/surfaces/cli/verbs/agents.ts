import { homedir } from 'node:os';
import { openHome } from '../../../services/home.ts';
import { columns, oneLine } from '../../render.ts';
import { Failure } from '../failure.ts';
import { say, sayJson, terminalPaint, warn } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  const agents = program
    .command('agents')
    .description(
      'the agents that can be driven: which are here, and whether a profile does what a worker must',
    );
  agents
    .command('list', { isDefault: true })
    .description('list the agents that can be driven, which of them are here, and what they can do')
    .option('--json', 'print JSON')
    .action(async ({ json }) => {
      const home = openHome(process.env, process.env['HOME'] || homedir());
      const { agentsOf } = await import('../agents-here.ts');
      const rows = await agentsOf(home);
      if (json) return sayJson(rows);
      const paint = terminalPaint(home.env);
      const cells = rows.map(({ agent, version, needs, abilities, profiles, problem }) => [
        agent,
        problem === null ? (version ?? 'here') : problem,
        needs === null ? '' : `≥ ${needs}`,
        abilities.join(', '),
        profiles.length === 0 ? '' : oneLine(`profiles: ${profiles.join(', ')}`, 60),
      ]);
      const [heads = [], ...lines] = columns([['AGENT', 'HERE', 'NEEDS', 'CAN', ''], ...cells]);
      say(paint('dim', heads.join('  ').trimEnd()));
      for (const line of lines) say(line.join('  ').trimEnd());
      for (const { problems } of rows) for (const problem of problems) warn(`andon: ${problem}`);
    });
  agents
    .command('test')
    .description(
      'have the agent of a profile work on a throw-away board, with its own model, and tell what passes',
    )
    .argument('<profile>', 'the profile, by its name')
    .option('--keep', 'keep the throw-away home, to look at its logs')
    .option('--json', 'print JSON')
    .action(async (name, { keep = false, json }) => {
      const home = openHome(process.env, process.env['HOME'] || homedir());
      const { tryProfile } = await import('../conformance.ts');
      const tell = json ? () => {} : (line: string) => say(line);
      const report = await tryProfile(home, name, { keep, tell });
      if (json) sayJson(report);
      if (!report.ok) throw new Failure(`The profile ${name} does not do all that a worker must.`);
    });
}
