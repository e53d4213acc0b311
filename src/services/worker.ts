import { join } from 'node:path';
import { type Environment, withoutSecrets } from '../domain/env.ts';
import type { Task } from '../domain/task.ts';
import type { RunOrder } from './agents/run-order.ts';
import { fillTemplates } from './command-templates.ts';
import type { Home } from './home.ts';
import type { Profile } from './profile.ts';
import type { StartOrder } from './start-worker.ts';
import type { World } from './world.ts';

/** What is started for a run, and what its environment is. */

/** An agent keeps the run's secret from its own environment: its shells would have it too. */
export const isAgent = ({ driver }: Pick<Profile, 'driver'>): boolean =>
  driver !== 'command' && driver !== 'hermes';

/** What a worker inherits from the gateway; what its profile says comes on top. */
export const inherited = (env: Environment, profile: Profile): Environment =>
  isAgent(profile) ? withoutSecrets(env, profile.pass_env) : env;

export interface Place {
  readonly workspace: string;
  readonly brief: string;
  /** The folder of the board's sessions. */
  readonly sessions: string;
  /** The gateway's own environment. */
  readonly env: Environment;
  /** Starts the runner of agents. */
  readonly runner: readonly [string, ...string[]];
}

type Command = readonly [string, ...string[]];

/** The command of a run. For an agent it is a runner, which finds its order in the run's folder. */
export async function workerCommand(
  { files }: Pick<World, 'files'>,
  order: StartOrder,
  place: Place,
): Promise<{ ok: true; command: Command } | { ok: false; error: string }> {
  const { profile, task } = order;
  if (profile.driver === 'hermes') return { ok: true, command: hermes(profile, task) };
  if (!isAgent(profile)) {
    if (!profile.command) return { ok: false, error: `The profile ${profile.name} has no command to start.` };
    const { workspace, brief } = place;
    return { ok: true, command: fillTemplates(profile.command, { task: task.id, workspace, brief }) };
  }
  const { provider } = profile;
  const key = provider && (profile.env[provider.key_env] ?? place.env[provider.key_env]);
  if (provider && !key) {
    return {
      ok: false,
      error: `The variable ${provider.key_env} with the key of the provider of the profile ${profile.name} is not set for the gateway; set it, or correct provider.key_env in profiles/${profile.name}/andon.yaml.`,
    };
  }
  const { lane } = order;
  const whole: RunOrder = {
    board: order.board,
    task_id: task.id,
    run_id: order.run_id,
    lane,
    profile: profile.name,
    dir: order.dir,
    brief: place.brief,
    workspace: place.workspace,
    home: join(place.sessions, task.id, `${profile.name}-${lane}`),
    token: order.token,
    provider: provider && key ? { url: provider.url, key } : null,
  };
  const path = join(order.dir, 'order.json');
  await files.jot(path, `${JSON.stringify(whole)}\n`);
  return { ok: true, command: [...place.runner, path] };
}

/** Hermes finds its profile in a home of its own. */
export const hermesHome = (home: Home, profile: Profile): Environment =>
  profile.driver === 'hermes' ? { HERMES_HOME: join(home.root, 'profiles', profile.name) } : {};

/** Hermes works on a task of its own accord (contract §5.10). */
function hermes(profile: Profile, task: Task): Command {
  const [program, ...args] = profile.command ?? ['hermes'];
  const skills = [...new Set(task.skills ?? [])].flatMap((skill) => ['--skills', skill]);
  const model = profile.model === undefined ? [] : ['-m', profile.model];
  return [
    program,
    ...args,
    '-p',
    profile.name,
    '--accept-hooks',
    ...skills,
    ...model,
    'chat',
    '-q',
    `work kanban task ${task.id}`,
  ];
}
