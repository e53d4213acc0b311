import { quickVerbs } from './quick-verbs.ts';
import { asksVersion, quickWordOf } from './quick-words.ts';
import { programOf, running } from './run-verb.ts';
import type { Program } from './verb.ts';

/** As `run` of `program.ts`, for the command lines of the quick verbs and of `--version` only. */
export async function run(argv: readonly string[]): Promise<void> {
  await running(async () => {
    await (await quickProgram(argv)).parseAsync(argv, { from: 'user' });
  });
}

async function quickProgram(argv: readonly string[]): Promise<Program> {
  if (asksVersion(argv)) return (await import('./described.ts')).describedProgram();
  const word = quickWordOf(argv);
  if (word === undefined) throw new Error(`No quick verb is called in “${argv.join(' ')}”.`);
  return programOf(word, quickVerbs[word]);
}
