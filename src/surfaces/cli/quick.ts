import { quickVerbs } from './quick-verbs.ts';
import { quickWordOf } from './quick-words.ts';
import { programOf, running } from './run-verb.ts';

/** As `run` of `program.ts`, for the command lines of the quick verbs only. */
export async function run(argv: readonly string[]): Promise<void> {
  const word = quickWordOf(argv);
  if (word === undefined) throw new Error(`No quick verb is called in “${argv.join(' ')}”.`);
  await running(async () => {
    await (await programOf(word, quickVerbs[word])).parseAsync(argv, { from: 'user' });
  });
}
