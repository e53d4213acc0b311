import { join } from 'node:path';
import { type Finding, note, wrong } from '../domain/health.ts';
import { type BoardId, homeBoard } from '../domain/ids.ts';
import type { LiveRun } from '../domain/view.ts';
import { hermesName } from '../domain/why.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { readAside } from './aside.ts';
import { wrongPlace } from './destinations/destination-settings.ts';
import { boardFileFindings, homeFileFindings, orphanFindings, reserveFindings } from './doctor-storage.ts';
import { messageOf } from './faults.ts';
import { hermesDispatcher } from './hermes.ts';
import { everyBoard, type Home } from './home.ts';
import { liveGateways, type Presence } from './presence.ts';
import { loadProfiles } from './profiles.ts';
import type { LoadedSettings } from './settings.ts';
import type { World } from './world.ts';

/**
 * Looks at a home from all sides and says what is wrong, each with what to do. It repairs nothing: see `mend.ts`. A side that cannot be
 * looked at is a finding itself, and the others are looked at all the same.
 */
export async function examine(
  world: World,
  home: Home,
  kernel: Kernel,
  loaded: LoadedSettings,
  /** The boards are files of this home, and no rows on a server. */
  inFiles: boolean,
): Promise<Finding[]> {
  const findings = settingsFindings(loaded);
  /** Gives whether it could be looked at. */
  const look = async (about: string, ask: () => Promise<readonly Finding[]>): Promise<boolean> => {
    try {
      findings.push(...(await ask()));
      return true;
    } catch (error) {
      findings.push(
        wrong(about, messageOf(error), 'Put that right, then look again: more may be behind it.'),
      );
      return false;
    }
  };
  await look('home', () => homeFindings(world, home));
  await look('files', () => homeFileFindings(world, home));
  if (inFiles) await look('disk', () => reserveFindings(world, home));
  await look('profiles', () => profileFindings(world, home));
  const gateways = await liveGateways(home, world);
  // A gateway that dispatches takes snapshots.
  const dispatches = gateways.some(({ dispatcher }) => dispatcher);
  const snapshots = dispatches && loaded.ok ? loaded.settings : undefined;
  await look('gateways', () => gatewayFindings(world, home, kernel, gateways));
  await look('gateways', () => asideFindings(world, home));
  await look('home store', () => databaseFindings(kernel, homeBoard, 'home store'));
  for (const board of await everyBoard(home, world.files)) {
    const about = `board ${board}`;
    if (!(await look(about, () => databaseFindings(kernel, board, about)))) continue;
    await look(about, () => soundnessFindings(kernel, board, about));
    await look(about, () => orphanFindings(kernel, board));
    if (inFiles) await look(about, () => boardFileFindings(world, home, kernel, board, snapshots));
    await look(about, () => runFindings(world, kernel, board, gateways));
    await look(about, () => subscriptionFindings(kernel, board, loaded));
  }
  return findings;
}

function settingsFindings(loaded: LoadedSettings): Finding[] {
  if (!loaded.ok) return [wrong('settings', loaded.message, 'Correct that line; until then nothing starts.')];
  return loaded.warnings.map((warning) => wrong('settings', warning, 'Correct that file.'));
}

async function homeFindings(world: World, home: Home): Promise<Finding[]> {
  if (!(await world.files.isFolder(home.root))) {
    return [note('home', `There is no ${home.root} yet.`, '`andon init` makes it.')];
  }
  const probe = join(home.root, `.doctor-${world.random(6)}`);
  try {
    await world.files.create(probe, '');
    await world.files.remove(probe);
    return [];
  } catch (error) {
    const sentence = `${home.root} cannot be written to: ${messageOf(error)}.`;
    return [wrong('home', sentence, 'Make it writable for you, or set ANDON_HOME to a folder that is.')];
  }
}

async function profileFindings(world: World, home: Home): Promise<Finding[]> {
  const { broken } = await loadProfiles(home, world.files);
  return broken.map(({ name, message }) =>
    wrong(`profile ${name}`, message, 'Correct that file; until then none of its tasks starts.'),
  );
}

async function databaseFindings(kernel: Kernel, board: BoardId, about: string): Promise<Finding[]> {
  const next = 'Stop every program that uses it, keep a copy, and restore it from a backup.';
  return (await kernel.health(board)).map((sentence) => wrong(about, sentence, next));
}

async function soundnessFindings(kernel: Kernel, board: BoardId, about: string): Promise<Finding[]> {
  const found = await kernel.unsound(board, {});
  if (!found.ok) throw new Error(found.refusal.sentence);
  return found.value.map(({ sentence, next }) => wrong(about, sentence, next));
}

async function gatewayFindings(
  world: World,
  home: Home,
  kernel: Kernel,
  gateways: readonly Presence[],
): Promise<Finding[]> {
  const hermes = await hermesDispatcher(home, world);
  if (hermes !== undefined) {
    const sentence = `On this home ${hermesName(hermes)} dispatches, so Andon does not.`;
    return [note('gateways', sentence, 'Andon dispatches as soon as it is gone.')];
  }
  if (!gateways.some(({ dispatcher }) => dispatcher)) {
    return [note('gateways', 'No gateway is running that dispatches.', '`andon gateway start` starts one.')];
  }
  const answer = await kernel.lease(homeBoard, { role: 'dispatcher' });
  const lease = answer.ok ? answer.value.lease : null;
  const holder = lease && gateways.find(({ name, pid }) => name === lease.name && pid === lease.pid);
  if (lease === null || holder !== undefined || lease.host !== world.hostname) return [];
  const identity = { pid: lease.pid, start: lease.pid_start, boot: lease.boot };
  if (await world.processes.alive(identity)) return [];
  const sentence = `The lease of the dispatcher is held by ${lease.name} (pid ${lease.pid}), which is dead.`;
  return [
    wrong('gateways', sentence, 'A gateway takes it over within a second; see `andon gateway status`.'),
  ];
}

/** What a gateway has set aside, once for each board. */
async function asideFindings(world: World, home: Home): Promise<Finding[]> {
  const boards = Map.groupBy(await readAside(home, world), ({ board }) => board);
  return [...boards.values()].flatMap(([first]) => {
    if (first === undefined) return [];
    const { board, gateway, reason, copy } = first;
    const kept = copy === null ? '' : ` A copy of its file is ${copy}.`;
    const sentence = `The gateway ${gateway} has set it aside: ${reason.replace(/\.$/, '')}.${kept}`;
    const next =
      'Put its database right (`andon restore latest`); it is tried again as soon as that changes.';
    return [wrong(`board ${board}`, sentence, next)];
  });
}

/** Whether what the board says of its processes is true on this host. A gateway that dispatches settles it by itself. */
async function runFindings(
  world: World,
  kernel: Kernel,
  board: BoardId,
  gateways: readonly Presence[],
): Promise<Finding[]> {
  if (gateways.some(({ dispatcher }) => dispatcher)) return [];
  const view = await kernel.dispatchView(board, { assignees: [], unassigned: false, limit: 1 });
  if (!view.ok) throw new Error(view.refusal.sentence);
  const forecast = await kernel.forecast(board, { failure_limit: undefined });
  if (!forecast.ok) throw new Error(forecast.refusal.sentence);
  const found: Finding[] = [];
  for (const run of view.value.processes) {
    const state = await stateOf(world, run);
    if (state === undefined) continue;
    found.push(
      wrong(
        `board ${board}`,
        `Run ${run.run_id} of task ${run.task_id} ${state}.`,
        '`andon gateway start` settles it.',
      ),
    );
  }
  for (const id of forecast.value.expires) {
    const sentence = `The claim of task ${id} has run out, and nobody has freed it.`;
    found.push(wrong(`board ${board}`, sentence, '`andon gateway start` frees it.'));
  }
  return found;
}

/** What is odd about a run's process, or nothing. Another host's cannot be seen from here. */
async function stateOf(world: World, run: LiveRun): Promise<string | undefined> {
  if (run.host !== world.hostname) return undefined;
  const { pid, pid_start: start, boot } = run;
  if (pid === null || start === null || boot === null) return 'was claimed, and no process of it was seen';
  const alive = await world.processes.alive({ pid, start, boot });
  if (!alive) return `has no process any more (pid ${pid}), and nobody has recorded that`;
  return run.ended_at === null ? undefined : `has ended, and its process (pid ${pid}) still lives`;
}

/** Whether everybody who is to be told can be told. */
async function subscriptionFindings(
  kernel: Kernel,
  board: BoardId,
  loaded: LoadedSettings,
): Promise<Finding[]> {
  const answer = await kernel.subscriptions(board, {});
  if (!answer.ok) throw new Error(answer.refusal.sentence);
  const about = `board ${board}`;
  const found: Finding[] = [];
  const owners = Map.groupBy(answer.value, ({ notifier_profile }) => notifier_profile ?? '');
  for (const [owner, subscriptions] of owners) {
    const role = owner === '' ? 'notifier' : `notifier:${owner}`;
    const lease = await kernel.lease(homeBoard, { role });
    if (lease.ok && lease.value.lease !== null) continue;
    const whose = owner === '' ? 'of nobody in particular' : `of the profile ${owner}`;
    const amount = subscriptions.length === 1 ? '1 subscription' : `${subscriptions.length} subscriptions`;
    const start = owner === '' ? 'andon gateway start' : `andon gateway start --name ${owner}`;
    found.push(
      wrong(about, `No running gateway delivers the ${amount} ${whose}.`, `\`${start}\` does, once it runs.`),
    );
  }
  if (!loaded.ok) return found;
  const places = Map.groupBy(answer.value, ({ platform, chat_id }) => `${platform} ${chat_id}`);
  for (const [one] of places.values()) {
    if (one === undefined) continue;
    const problem = await wrongPlace(loaded.settings, one.platform, one.chat_id);
    if (problem === undefined) continue;
    const next = 'Mend andon.yaml, or end the subscription with `andon notify-unsubscribe`.';
    found.push(wrong(about, `Subscriptions name ${one.platform} ${one.chat_id}. ${problem}`, next));
  }
  return found;
}
