import { homedir } from 'node:os';
import packageFile from '../../../../package.json' with { type: 'json' };
import { formatDuration } from '../../../domain/duration.ts';
import type { Finding } from '../../../domain/health.ts';
import { formatBytes } from '../../../domain/size.ts';
import type { StorageFacts } from '../../../services/doctor-storage.ts';
import { openHome, storeAddress } from '../../../services/home.ts';
import type { Mended } from '../../../services/mend.ts';
import { openHomeKernel, schemaVersions } from '../../home-kernel.ts';
import { thisMachine } from '../../machine.ts';
import type { Paint } from '../../render.ts';
import { say, sayJson, terminalPaint } from '../output.ts';
import { unfit } from '../runtime.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('doctor')
    .description('look for whatever is wrong with this home; exits 1 when something is')
    .option(
      '--fix',
      'first do what is safe: bring tables up to date, rebuild damaged indexes, write long WALs back, ' +
        'remove orphaned rows and what dead processes left, make the reserve file',
    )
    .option('--json', 'print JSON')
    .action(async ({ fix = false, json }) => {
      const home = openHome(process.env, process.env['HOME'] || homedir());
      const { findings, mended, facts } = await examined(home, fix);
      const ok = findings.every(({ level }) => level !== 'wrong') && (mended?.failed.length ?? 0) === 0;
      if (!ok) process.exitCode = 1;
      if (json) return sayJson({ ok, home: home.root, versions, ...facts, ...mended, findings });
      const paint = terminalPaint(home.env);
      for (const sentence of mended?.done ?? []) say(`${paint('green', '✓')} ${sentence}`);
      for (const sentence of mended?.failed ?? []) say(`${paint('red', '✗')} ${sentence}`);
      for (const finding of findings) say(text(finding, paint));
      for (const line of factLines(facts)) say(paint('dim', line));
      if (ok) say(`Nothing is wrong in ${home.root}.`);
    });
}

const versions = {
  andon: packageFile.version,
  node: process.versions.node,
  sqlite: process.versions['sqlite'] ?? null,
  schema: schemaVersions,
};

/** Not through `onBoard`: it fails at broken settings, and those are what somebody may be looking for. */
async function examined(home: ReturnType<typeof openHome>, fix: boolean) {
  const { examine } = await import('../../../services/doctor.ts');
  const { storageFacts } = await import('../../../services/doctor-storage.ts');
  const { mend } = await import('../../../services/mend.ts');
  const { loadSettings } = await import('../../../services/settings.ts');
  const { quietWorld } = await import('../quiet-world.ts');
  const world = quietWorld();
  const fault = unfit(process.versions);
  const node: Finding[] =
    fault === undefined
      ? []
      : [{ level: 'wrong', about: 'node', sentence: `${fault}.`, next: 'Install a newer Node.' }];
  const loaded = await loadSettings(home, world.files, { machine: thisMachine() });
  const settings = { store: loaded.ok ? loaded.settings.store : undefined };
  const inFiles = storeAddress(home, settings) === undefined;
  const kernel = await openHomeKernel(home, settings);
  try {
    const mended: Mended | undefined = fix ? await mend(world, home, kernel, inFiles) : undefined;
    const findings = [...node, ...(await examine(world, home, kernel, loaded, inFiles))];
    return { findings, mended, facts: await storageFacts(world, home, inFiles) };
  } finally {
    await kernel.close();
  }
}

function text({ level, about, sentence, next }: Finding, paint: Paint): string {
  const sign = level === 'wrong' ? paint('red', '✗') : paint('dim', '·');
  return `${sign} ${about}: ${sentence}\n  ${paint('dim', next)}`;
}

function factLines({ disk, boards }: StorageFacts): string[] {
  const room = disk === null ? '' : `, ${formatBytes(disk.free)} of ${formatBytes(disk.total)} free`;
  return [
    ...boards.map(({ board, size, wal, newest_backup: at }) => {
      const backup = at === null ? 'no backup' : `newest backup ${formatDuration(Date.now() - at)} ago`;
      return `Board ${board}: ${formatBytes(size)}, WAL ${formatBytes(wal)}, ${backup}`;
    }),
    `Andon ${versions.andon}, Node ${versions.node}, SQLite ${versions.sqlite}${room}`,
  ];
}
