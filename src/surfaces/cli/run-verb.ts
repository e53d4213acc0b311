import { warn } from './output.ts';
import { newProgram, type Program, type Verb } from './verb.ts';

/** Runs a command; what it throws becomes a sentence on stderr and the process's exit code (contract §8.1). */
export async function running(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** The program with one verb only, which is called `word`. */
export async function programOf(word: string | undefined, load: () => Promise<Verb>): Promise<Program> {
  const program = newProgram(() => `see \`andon ${word} --help\``);
  (await load()).register(program);
  return program;
}

/** What a record itself holds under a key that somebody typed. */
export const own = <Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** One sentence on stderr, and the exit code. Commander has already said what it found wrong. */
function report(error: unknown): number {
  const exitCode = exitCodeOf(error);
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')) {
    return exitCode === 0 ? 0 : 2;
  }
  warn(`andon: ${error instanceof Error ? error.message : String(error)}`);
  return exitCode ?? 1;
}

/** Not by class: each bundle has its own copy of `Failure` and of Commander. */
const exitCodeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number'
    ? error.exitCode
    : undefined;
