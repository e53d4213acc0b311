import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import type { Bench } from './row.ts';

/**
 * Work for a process of its own: a module exports one of these as `work`. What it takes and gives passes through JSON.
 * Processes keep heaps, caches and descriptors apart, and whatever one did to the garbage collector is gone with it.
 */
export type Work<Input, Output> = (input: Input) => Output | Promise<Output>;

/** Runs the `work` of `module` (a file's path) in a fresh process; throws what it said when it fails. */
export async function inChild<Input, Output>(
  bench: Pick<Bench, 'profiles'>,
  module: string,
  input: Input,
  flags: readonly string[] = [],
): Promise<Output> {
  const profiling = bench.profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${bench.profiles}`];
  const child = spawn(
    process.execPath,
    [...profiling, ...flags, import.meta.filename, module, JSON.stringify(input)],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  const answers: unknown[] = [];
  child.on('message', (message) => answers.push(message));
  await once(child, 'close');
  if (child.exitCode !== 0 || answers.length !== 1) {
    throw new Error(`The child process of ${module} ended with ${child.exitCode ?? child.signalCode}.`);
  }
  // Both ends are the same module: what it answers was typed there.
  return answers[0] as Output;
}

/** The flag for a node process that is not started by `inChild`, such as a gateway, so that it leaves its profile. */
export const profiling = ({ profiles }: Pick<Bench, 'profiles'>): Record<string, string> =>
  profiles === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profiles}` };

/** Not awaited at the top of this module: the module that is run may import this one, which must be whole by then. */
async function answerOnce(): Promise<void> {
  const [module = '', input = 'null'] = process.argv.slice(2);
  const { work } = (await import(pathToFileURL(module).href)) as { work: Work<unknown, unknown> };
  const answer = await work(JSON.parse(input));
  process.send?.(answer, () => process.disconnect());
}

if (process.argv[1] === import.meta.filename) void answerOnce();
