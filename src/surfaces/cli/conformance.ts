import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { withoutPins, withoutWorker } from '../../domain/env.ts';
import { asTaskId, defaultBoard, type TaskId } from '../../domain/ids.ts';
import type { TaskView } from '../../domain/view.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Home, openHome } from '../../services/home.ts';
import { loadProfile } from '../../services/profiles.ts';
import { problemOf } from '../../services/roster.ts';
import { bin } from '../gateway/paths.ts';
import { openHomeKernel } from '../home-kernel.ts';
import { Failure, granted } from './failure.ts';
import { quietWorld } from './quiet-world.ts';

/** What a worker must do, tried with the real thing: a gateway of its own starts the profile's worker on small tasks. */

export interface Tried {
  readonly name: string;
  readonly ok: boolean;
  /** Milliseconds. */
  readonly took: number;
  /** What went wrong. */
  readonly why: string | null;
}

export interface Conformance {
  readonly ok: boolean;
  readonly profile: string;
  readonly tried: readonly Tried[];
  /** The throw-away home, when it is kept. */
  readonly home: string | null;
}

/** How long one task may take, in milliseconds. */
const patience = 180_000;

interface Bench {
  readonly profile: string;
  readonly kernel: Kernel;
  andon(...args: string[]): Promise<string>;
  /** Waits until the task is as it is wanted. */
  until(task: TaskId, what: string, fits: (view: TaskView) => boolean): Promise<TaskView>;
}

export async function tryProfile(
  home: Home,
  profile: string,
  { keep, tell }: { readonly keep: boolean; readonly tell: (line: string) => void },
): Promise<Conformance> {
  const world = quietWorld();
  const loaded = await loadProfile(home, world.files, profile);
  if (!loaded.ok) throw new Failure(loaded.message);
  const problem = await problemOf(world, home, loaded.profile);
  if (problem !== undefined) throw new Failure(problem);

  const root = mkdtempSync(join(tmpdir(), 'andon-agents-test-'));
  const env = { ...withoutPins(withoutWorker(process.env)), ANDON_HOME: root, ANDON_STORE: '' };
  const andon = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(join(bin, 'andon'), args, { env })).stdout;
  cpSync(join(home.root, 'profiles', profile), join(root, 'profiles', profile), { recursive: true });
  // One try each, and nobody asks it over HTTP.
  writeFileSync(join(root, 'andon.yaml'), 'http: { enabled: false }\nfailure_limit: 1\n');
  await andon('init');
  const kernel = await openHomeKernel(openHome(env, home.userHome), { store: undefined });
  const bench: Bench = { profile, kernel, andon, until: waitOn(kernel) };
  const tried: Tried[] = [];
  try {
    await andon('gateway', 'start');
    for (const [name, trial] of Object.entries(trials)) {
      const one = await attempt(name, () => trial(bench));
      tried.push(one);
      const mark = one.ok ? '✓' : '✗';
      tell(`${mark} ${name} (${(one.took / 1000).toFixed(1)} s)${one.why === null ? '' : `: ${one.why}`}`);
      // Whoever cannot complete a task cannot do the rest.
      if (!one.ok && tried.length === 1) break;
    }
  } finally {
    await andon('stop', '--all').catch(() => undefined);
    await andon('gateway', 'stop').catch(() => undefined);
    await kernel.close();
    if (!keep) rmSync(root, { recursive: true, force: true });
  }
  if (keep) tell(`Its home is ${root}.`);
  return { ok: tried.every(({ ok }) => ok), profile, tried, home: keep ? root : null };
}

async function attempt(name: string, trial: () => Promise<void>): Promise<Tried> {
  const begun = performance.now();
  const after = (why: string | null): Tried => ({
    name,
    ok: why === null,
    took: Math.round(performance.now() - begun),
    why,
  });
  try {
    await trial();
    return after(null);
  } catch (error) {
    return after(error instanceof Error ? error.message : String(error));
  }
}

const trials: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  'starts, reads its task and completes it': async (bench) => {
    const task = await create(bench, 'Answer with a word', [
      'Look at this task with kanban_show (or `andon show`). Then complete it with the summary "pong" and nothing else.',
      'Write no files and run no other commands.',
    ]);
    const { runs } = await bench.until(task, 'done', ({ task: { status } }) => status === 'done');
    expect(/pong/i.test(runs.at(-1)?.summary ?? ''), `its summary is "${runs.at(-1)?.summary}", not "pong"`);
  },
  'asks by blocking, and goes on with the answer': async (bench) => {
    const task = await create(bench, 'Ask for a colour', [
      'If no comment on this task names a colour, block it with the kind needs_input and the reason "Which colour?", and end.',
      'If a comment names one, complete the task with that colour as the summary. Write no files and run no other commands.',
    ]);
    await bench.until(task, 'blocked', ({ task: { status } }) => status === 'blocked');
    await bench.andon('comment', task, 'The colour is blue.');
    await bench.andon('unblock', task);
    const { runs } = await bench.until(task, 'done', ({ task: { status } }) => status === 'done');
    expect(/blue/i.test(runs.at(-1)?.summary ?? ''), `its summary is "${runs.at(-1)?.summary}", not "blue"`);
  },
  'can be stopped in the middle': async (bench) => {
    const task = await create(bench, 'Wait', [
      'Run the shell command `sleep 120` in the foreground, then complete this task with the summary "slept".',
    ]);
    await bench.until(task, 'running', ({ runs }) => runs.some(({ process }) => process?.started_at));
    await bench.andon('stop', task);
    await bench.until(task, 'stopped', ({ runs }) =>
      runs.every(({ process }) => process === null || process.gone_at !== null),
    );
  },
};

const create = async ({ andon, profile }: Bench, title: string, body: readonly string[]): Promise<TaskId> => {
  const made: unknown = JSON.parse(
    await andon('create', title, '--assignee', profile, '--body', body.join(' '), '--json'),
  );
  return asTaskId(z.looseObject({ id: z.string() }).parse(made).id);
};

function expect(holds: boolean, why: string): void {
  if (!holds) throw new Error(why);
}

const waitOn =
  (kernel: Kernel): Bench['until'] =>
  (task, what, fits) =>
    new Promise((resolve, reject) => {
      const end = (work: () => void): void => {
        clearTimeout(timer);
        clearInterval(again);
        unfollow();
        work();
      };
      const look = async (): Promise<void> => {
        const view = granted(await kernel.show(defaultBoard, { task_id: task, events: 0 }));
        const failed = view.runs.find(
          ({ outcome }) => outcome === 'failed' || outcome === 'gave_up' || outcome === 'crashed',
        );
        if (fits(view)) end(() => resolve(view));
        else if (failed !== undefined)
          end(() => reject(new Error(failed.error ?? `its run ended as ${failed.outcome}`)));
      };
      const check = (): void => void look().catch((error: unknown) => end(() => reject(error)));
      const unfollow = kernel.follow(defaultBoard, check);
      const again = setInterval(check, 1000);
      const timer = setTimeout(
        () => end(() => reject(new Error(`it was not ${what} within ${patience / 1000} s`))),
        patience,
      );
      check();
    });
