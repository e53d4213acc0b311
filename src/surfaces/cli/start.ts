import { unfit } from './runtime.ts';

export interface ProgramModule {
  run(argv: readonly string[]): Promise<void>;
}

/** Runs the program that `load` brings, if this Node can: a version shim may start another than `bin/andon` judged. */
export async function start(load: () => Promise<ProgramModule>): Promise<void> {
  const fault = unfit(process.versions);
  if (fault === undefined) return (await load()).run(process.argv.slice(2));
  const { respawn } = await import('./respawn.ts');
  return respawn(fault, process.argv.slice(1));
}
