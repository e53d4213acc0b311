import packageFile from '../../../package.json' with { type: 'json' };
import { warn } from './output.ts';
import { describe, newProgram, type Verb } from './verb.ts';

/** Where each verb lives. Only the invoked one is loaded; help, completion and an unknown word load them all. */
const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
  init: () => import('./verbs/init.ts'),
  create: () => import('./verbs/create.ts'),
  list: () => import('./verbs/list.ts'),
  ls: () => import('./verbs/list.ts'),
  show: () => import('./verbs/show.ts'),
  why: () => import('./verbs/why.ts'),
  link: () => import('./verbs/link.ts'),
  unlink: () => import('./verbs/link.ts'),
  assign: () => import('./verbs/assign.ts'),
  comment: () => import('./verbs/comment.ts'),
  complete: () => import('./verbs/complete.ts'),
  block: () => import('./verbs/block.ts'),
  unblock: () => import('./verbs/block.ts'),
  archive: () => import('./verbs/archive.ts'),
  claim: () => import('./verbs/claim.ts'),
  heartbeat: () => import('./verbs/claim.ts'),
  context: () => import('./verbs/context.ts'),
  runs: () => import('./verbs/runs.ts'),
  log: () => import('./verbs/log.ts'),
  watch: () => import('./verbs/watch.ts'),
  gateway: () => import('./verbs/gateway.ts'),
  dispatch: () => import('./verbs/dispatch.ts'),
  daemon: () => import('./verbs/daemon.ts'),
  mcp: () => import('./verbs/mcp.ts'),
  'notify-subscribe': () => import('./verbs/notify.ts'),
  'notify-list': () => import('./verbs/notify.ts'),
  'notify-unsubscribe': () => import('./verbs/notify.ts'),
  completion: () => import('./verbs/completion.ts'),
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
