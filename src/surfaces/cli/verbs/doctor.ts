import { homedir } from 'node:os';
import type { Finding } from '../../../domain/health.ts';
import { openHome } from '../../../services/home.ts';
import { openHomeKernel } from '../../home-kernel.ts';
import { thisMachine } from '../../machine.ts';
import type { Paint } from '../../render.ts';
import { say, sayJson, terminalPaint } from '../output.ts';
import { unfit } from '../runtime.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('doctor')
    .description('look for whatever is wrong with this home; exits 1 when something is')
    .option('--json', 'print JSON')
    .action(async ({ json }) => {
      const home = openHome(process.env, process.env['HOME'] || homedir());
      const findings = await findingsOn(home);
      const ok = findings.every(({ level }) => level !== 'wrong');
      if (!ok) process.exitCode = 1;
      if (json) return sayJson({ ok, home: home.root, findings });
      const paint = terminalPaint(home.env);
      for (const finding of findings) say(text(finding, paint));
      if (ok) say(`Nothing is wrong in ${home.root}.`);
    });
}

/** Not through `onBoard`: it fails at broken settings, and those are what somebody may be looking for. */
async function findingsOn(home: ReturnType<typeof openHome>): Promise<Finding[]> {
  const { examine } = await import('../../../services/doctor.ts');
  const { loadSettings } = await import('../../../services/settings.ts');
  const { quietWorld } = await import('../quiet-world.ts');
  const world = quietWorld();
  const fault = unfit(process.versions);
  const node: Finding[] =
    fault === undefined
      ? []
      : [{ level: 'wrong', about: 'node', sentence: `${fault}.`, next: 'Install a newer Node.' }];
  const loaded = await loadSettings(home, world.files, { machine: thisMachine() });
  const kernel = await openHomeKernel(home, { store: loaded.ok ? loaded.settings.store : undefined });
  try {
    return [...node, ...(await examine(world, home, kernel, loaded))];
  } finally {
    await kernel.close();
  }
}

function text({ level, about, sentence, next }: Finding, paint: Paint): string {
  const sign = level === 'wrong' ? paint('red', '✗') : paint('dim', '·');
  return `${sign} ${about}: ${sentence}\n  ${paint('dim', next)}`;
}
