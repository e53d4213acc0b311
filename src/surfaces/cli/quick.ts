import { quickVerbs } from './quick-verbs.ts';
import { firstWord, own, programOf, running } from './run-verb.ts';
import type { Verb } from './verb.ts';

/** As `run` of `program.ts`, which it hands whatever is none of the quick verbs after all (`--board list why …`). */
export async function run(argv: readonly string[]): Promise<void> {
  const word = firstWord(argv);
  const load = word === undefined ? undefined : own<() => Promise<Verb>>(quickVerbs, word);
  if (load === undefined) return (await import('./program.ts')).run(argv);
  await running(async () => {
    await (await programOf(word, load)).parseAsync(argv, { from: 'user' });
  });
}
