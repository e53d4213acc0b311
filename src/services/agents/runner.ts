import { secretsIn } from '../../domain/env.ts';
import type { Prices } from '../../domain/prices.ts';
import type { Run } from '../../domain/run.ts';
import type { TaskView } from '../../domain/view.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Home } from '../home.ts';
import type { Profile } from '../profile.ts';
import type { World } from '../world.ts';
import { hiredFor } from './catalogue.ts';
import { createDesk, type RunDesk } from './desk.ts';
import { lookFor } from './probe.ts';
import { firstPrompt, goOn, nudge, resumedPrompt } from './prompt.ts';
import type { RunOrder } from './run-order.ts';
import { copyLogins, giveSkills, knownSession, type Session } from './session.ts';
import { hiding } from './transcript.ts';
import { createTurns, type Turns } from './turns.ts';
import type { Trouble, TurnReport } from './watched-turn.ts';

export interface RunnerOptions {
  readonly home: Home;
  readonly profile: Profile;
  /** What models cost, by the home's own settings. */
  readonly prices: Prices;
  /** The folder of the `andon` command. */
  readonly bin: string;
  /** Writes a line into the task's log. */
  readonly print: (line: string) => void;
  /** Resolves when the runner is told to stop. */
  readonly stopping: Promise<void>;
}

/**
 * Does the work of one run with an agent: gives it turns until the board has its answer, and tells the board what kept it
 * from one. The result of a run is what the board was told, never how the agent ended (contract §5.17). Gives the code to
 * exit with: 0 when the board has its answer or never got one, 1 when it was told of a failure, 143 when it was stopped.
 */
export async function runAgent(
  world: World,
  kernel: Kernel,
  order: RunOrder,
  options: RunnerOptions,
): Promise<number> {
  const { profile, home } = options;
  const desk = createDesk(kernel, order, options.prices);
  const hired = hiredFor(profile);
  const shown = await kernel.show(order.board, { task_id: order.task_id, events: 0 });
  if (hired === undefined || !shown.ok) {
    const why = shown.ok ? `The profile ${profile.name} has no agent any more.` : shown.refusal.sentence;
    await desk.fail(why, 'agent');
    return 1;
  }
  await world.files.makeFolder(order.home, 0o700);
  await copyLogins(world, home, profile, order.home);
  const secrets = [order.token, order.provider?.key ?? '', ...secretsIn(home.env)];
  const hide = hiding(secrets.filter((secret) => secret !== ''));
  const known = isSpoilt(shown.value.runs, order) ? undefined : await knownSession(world, order, hired.agent);
  const found = await lookFor(world, home, profile, hired.command[0], hired.agent.probe);
  const version = found?.version ?? null;
  const turns = createTurns(world, kernel, { order, hired, version, desk, hide, known, ...options });
  const named = order.lane === 'review' ? profile.review_skills : (shown.value.task.skills ?? []);
  const skills = await giveSkills(world, { home, profile, agent: hired.agent }, order, named, options.print);
  const brief = (await world.files.read(order.brief)) ?? '';
  const words: Words = {
    first: firstPrompt(order.task_id, brief, skills),
    again: resumedPrompt(order.task_id, brief),
  };
  try {
    return await work({ order, desk, turns, view: shown.value, print: options.print }, known, words);
  } finally {
    await turns.close();
  }
}

interface Words {
  readonly first: string;
  readonly again: string;
}

interface Bench {
  readonly order: RunOrder;
  readonly desk: RunDesk;
  readonly turns: Turns;
  readonly view: TaskView;
  readonly print: (line: string) => void;
}

async function work(bench: Bench, known: Session | undefined, words: Words): Promise<number> {
  const { desk, turns, print } = bench;
  const { goal_mode: isGoal, goal_max_turns: budget } = bench.view.task;
  const { task_id } = bench.order;
  const most = isGoal ? (budget ?? usualBudget) : 2;
  let report = await turns.take(known === undefined ? words.first : words.again, known?.id);
  if (known !== undefined && report.trouble?.type === 'error' && report.trouble.kind === 'session') {
    print('Its session is gone; a new one starts from the brief.');
    report = await turns.take(words.first, undefined);
  }
  for (let turn = 1; ; turn++) {
    const code = await settled(bench, report);
    if (code !== undefined) return code;
    if (turn >= most || turns.session === undefined) break;
    const prompt = isGoal ? goOn(task_id, turn + 1, most) : nudge(task_id);
    report = await turns.take(prompt, turns.session);
  }
  if (isGoal) await desk.ask(`It is not done after ${most} turns, which is all that its goal allows.`);
  else if (report.said !== '')
    await desk.comment(
      `Draft of a result: the agent ended without a word to the board. Its last message:\n\n${report.said}`,
    );
  return 0;
}

/** Turns that a task is worked on until it is done, unless it says otherwise (contract §5.17). */
const usualBudget = 20;

/** The code to exit with after a turn, if the run is over with it. */
async function settled({ desk, turns, print }: Bench, report: TurnReport): Promise<number | undefined> {
  if (!(await desk.holds())) return 0;
  if (report.question !== undefined) {
    await desk.ask(report.question);
    return 0;
  }
  if (report.trouble?.type === 'stopped') return stopped;
  if (report.trouble !== undefined) {
    const { error, cause, until } = failureFor(report.trouble);
    print(`! ${error}`);
    await desk.fail(error, cause, until);
    return 1;
  }
  if (await turns.reachesBoard()) return undefined;
  await desk.fail("The agent worked without the board's tools: their server never answered.", 'agent');
  return 1;
}

/** As a shell tells it: ended by SIGTERM. */
const stopped = 143;

type Failed = { error: string; cause: Parameters<RunDesk['fail']>[1]; until?: number };

/** Whose fault it was, and until when; words in an error decide nothing. */
function failureFor(trouble: Exclude<Trouble, { type: 'stopped' }>): Failed {
  switch (trouble.type) {
    case 'silence':
      return { error: `The agent neither said nor did anything for ${trouble.seconds} s.`, cause: 'agent' };
    case 'limit': {
      const { cause, error } = limits[trouble.kind];
      return trouble.resets_at === undefined ? { error, cause } : { error, cause, until: trouble.resets_at };
    }
    case 'error':
      return { error: trouble.message, cause: causes[trouble.kind] };
  }
}

const limits = {
  rate: { cause: 'rate_limit', error: 'The provider takes no more requests for now.' },
  quota: { cause: 'quota', error: 'What the provider was paid for is used up.' },
  overloaded: { cause: 'overload', error: 'The provider has too much to do.' },
} as const;

const causes = {
  auth: 'auth',
  provider: 'overload',
  network: 'overload',
  session: 'agent',
  board: 'agent',
  agent: 'agent',
} as const;

/**
 * Whether the last attempts went so badly that a session which remembers them would only repeat them: the agent failed by
 * its own fault, or two attempts in a row crashed.
 */
function isSpoilt(runs: readonly Run[], { run_id, profile }: RunOrder): boolean {
  const own = runs.filter((run) => run.id !== run_id && run.profile === profile && run.ended_at !== null);
  const [before, last] = own.slice(-2).map(({ outcome }) => outcome);
  const newest = last ?? before;
  return newest === 'failed' || newest === 'gave_up' || (last === 'crashed' && before === 'crashed');
}
