import packageFile from '../../../package.json' with { type: 'json' };
import { warn } from './output.ts';
import { describe, newProgram, type Verb } from './verb.ts';

/** Where each verb lives. Only the invoked one is loaded; help, completion and an unknown word load them all. */
const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
  init: () => import('./init.ts'),
  create: () => import('./create.ts'),
  list: () => import('./list.ts'),
  ls: () => import('./list.ts'),
  show: () => import('./show.ts'),
  why: () => import('./why.ts'),
  link: () => import('./link.ts'),
  unlink: () => import('./link.ts'),
  assign: () => import('./assign.ts'),
  comment: () => import('./comment.ts'),
  complete: () => import('./complete.ts'),
  block: () => import('./block.ts'),
  unblock: () => import('./block.ts'),
  archive: () => import('./archive.ts'),
  claim: () => import('./claim.ts'),
  heartbeat: () => import('./claim.ts'),
  context: () => import('./context.ts'),
  runs: () => import('./runs.ts'),
  log: () => import('./log.ts'),
  watch: () => import('./watch.ts'),
  gateway: () => import('./gateway.ts'),
  dispatch: () => import('./dispatch.ts'),
  daemon: () => import('./daemon.ts'),
  mcp: () => import('./mcp.ts'),
  'notify-subscribe': () => import('./notify.ts'),
  'notify-list': () => import('./notify.ts'),
  'notify-unsubscribe': () => import('./notify.ts'),
  completion: () => import('./completion.ts'),
};

/** Runs one command line (without node and file) and sets the process's exit code (contract §8.1). */
export async function run(argv: readonly string[]): Promise<void> {
  const word = firstWord(argv);
  const load = word === undefined || word === 'completion' ? undefined : own(verbs, word);
  const program = newProgram(() => `see \`andon ${load ? `${word} ` : ''}--help\``);
  try {
    if (load === undefined) describe(program, packageFile.version);
    const modules = await Promise.all((load ? [load] : Object.values(verbs)).map((each) => each()));
    for (const verb of new Set(modules)) verb.register(program);
    await program.parseAsync(word === undefined ? [...argv, '--help'] : argv, { from: 'user' });
  } catch (error) {
    process.exitCode = report(error);
  }
}

const own = <Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** The verb, if help was not asked for before it. */
function firstWord(argv: readonly string[]): string | undefined {
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index];
    if (word === '--board') index += 1;
    else if (word === '-h' || word === '--help') return undefined;
    else if (word !== undefined && !word.startsWith('-')) return word;
  }
  return undefined;
}

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
