import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { z } from 'zod';
import { type Agent, spending, versionOf } from './agent.ts';
import { seconds } from './draw.ts';
import { differences, type Figures, figures, run, type Spread, totals } from './figures.ts';
import { type Home, makeHome } from './home.ts';
import { play } from './play.ts';
import { cleanEnvironment, Mistake, openRepository, type Repository } from './repository.ts';
import { openScreen, recordingScreen } from './screen.ts';

/**
 * The demo: real workers take a census of a git repository, through a board, and an independent count checks them. It
 * uses Andon as anybody does: the `andon` command, profiles in a home of its own, and what a worker is given.
 */

const usage = `npm run demo -- [--repo PATH] [--keep] [--agent NAME [--model MODEL] [--provider URL --key-env NAME]]

  --repo PATH      the git repository to count; this one unless said
  --keep           leave the home standing, to look around in it
  --agent NAME     claude, codex, gemini, opencode or copilot plays the worker that asks, with your login and at your cost
  --model MODEL    the model it uses; its own default unless said
  --provider URL   where the model is, such as a server of your own
  --key-env NAME   the environment variable with that provider's key
`;

const here = import.meta.dirname;

interface Options {
  readonly repo: string;
  readonly keep: boolean;
  readonly help: boolean;
  readonly agent: Agent | undefined;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      repo: { type: 'string', default: dirname(dirname(here)) },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      agent: { type: 'string' },
      model: { type: 'string' },
      provider: { type: 'string' },
      'key-env': { type: 'string' },
    },
  });
  const { agent: driver, model, provider: url, 'key-env': key_env, ...options } = values;
  if (driver === undefined) {
    if (model ?? url ?? key_env) throw new Mistake('--model, --provider and --key-env go with --agent NAME.');
    return { ...options, agent: undefined };
  }
  if (url === undefined && key_env === undefined)
    return { ...options, agent: { driver, model, provider: undefined } };
  if (url === undefined || key_env === undefined)
    throw new Mistake('--provider URL and --key-env NAME go together.');
  return { ...options, agent: { driver, model, provider: { url, key_env } } };
}

/** The person at the terminal, or whoever started the demo, wants it to end. */
class Interrupted extends Error {}

const began = performance.now();
const elapsed = (): number => performance.now() - began;

async function demo(options: Options, signal: AbortSignal): Promise<void> {
  const repository = await openRepository(options.repo);
  // The tests exchange a worker by this; `npm run demo` has one set of them.
  const workers = process.env['ANDON_DEMO_WORKERS'] ?? join(here, 'workers');
  const { agent } = options;
  const home = await makeHome(repository, workers, agent);
  try {
    const version = agent && (await versionOf(home, agent));
    await perform(home, repository, agent === undefined ? scriptsLimit : agentsLimit, signal);
    const [counted, done] = await Promise.all([check(home, repository), readFigures(home)]);
    const lines = [...summary(home, done), counted];
    if (agent) lines.push(`Agent       ${agent.driver} ${version}: ${await spending(home)}`);
    process.stdout.write(`\n${lines.join('\n')}\n`);
  } finally {
    await home.stop();
    if (options.keep)
      process.stdout.write(`The home is ${home.folder}; look with ANDON_HOME=${home.folder}.\n`);
    else await home.remove();
  }
}

/** How long the whole graph may take, in milliseconds. */
const [scriptsLimit, agentsLimit] = [120_000, 900_000];

/** Shows the run while it happens. */
async function perform(
  home: Home,
  repository: Repository,
  limit: number,
  signal: AbortSignal,
): Promise<void> {
  const view = { title: `Andon · a census of ${repository.name}`, elapsed };
  const frames = process.env['ANDON_DEMO_FRAMES'];
  const shown = openScreen(process.stdout, view);
  const screen = frames === undefined ? shown : recordingScreen(shown, view, frames);
  try {
    await play({ home, screen, heading: `A census of ${repository.name}`, limit, elapsed, signal });
  } finally {
    screen.close();
  }
}

/** Compares the report with a count that shares no code with the workers; throws where they differ. */
async function check(home: Home, repository: Repository): Promise<string> {
  const text = await readFile(join(home.report, 'report.json'), 'utf8');
  const report = z.object({ totals }).parse(JSON.parse(text)).totals;
  const count = await promisify(execFile)('sh', [join(here, 'count.sh'), repository.folder], {
    env: cleanEnvironment(),
  });
  const differing = differences(report, totals.parse(JSON.parse(count.stdout)));
  if (differing.length > 0) throw new Error(`The report is wrong.\n  ${differing.join('\n  ')}`);
  const { files, lines, bytes, markers } = report;
  return `Checked     ${files} files, ${lines} lines, ${bytes} bytes, ${markers} TODO/FIXME: equal to an independent count`;
}

const readFigures = async ({ andon }: Home): Promise<Figures> =>
  figures(z.array(run).parse(JSON.parse(await andon('runs', '--json'))));

function summary(home: Home, { tasks, runs, retries, queueing, start }: Figures): string[] {
  const inMs = ({ median, worst }: Spread): string =>
    `median ${Math.round(median)} ms, worst ${Math.round(worst)} ms`;
  const spread = (one: Spread | undefined): string => (one === undefined ? 'unknown' : inMs(one));
  return [
    `Report      ${join(home.report, 'REPORT.md')} (and report.json)`,
    `Done        ${tasks} tasks in ${runs} runs (${retries} ${retries === 1 ? 'retry' : 'retries'}) in ${seconds(elapsed())}`,
    `Queueing    ${spread(queueing)} (ready → a slot is free for it)`,
    `Start       ${spread(start)} (a slot is free → its worker has started)`,
  ];
}

async function main(): Promise<number> {
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => interrupt.abort(new Interrupted(name)));
  }
  // Whoever read the lines has left (`npm run demo | head`): the gateway must still be stopped.
  process.stdout.on('error', (error) => interrupt.abort(error));
  try {
    const options = readOptions();
    if (options.help) process.stdout.write(usage);
    else await demo(options, interrupt.signal);
    return 0;
  } catch (error) {
    if (interrupt.signal.aborted) {
      process.stderr.write('\nInterrupted; the gateway and its workers are stopped.\n');
      return 130;
    }
    process.stderr.write(`\n${error instanceof Mistake ? '' : 'The demo failed. '}${explain(error)}\n`);
    return 1;
  }
}

const explain = (error: unknown): string => (error instanceof Error ? error.message : String(error));

process.exitCode = await main();
