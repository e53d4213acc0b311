import { z } from '@hono/zod-openapi';
import { ok, type Result, refuse } from '../../../domain/errors.ts';
import { homeBoard } from '../../../domain/ids.ts';
import { lanes } from '../../../domain/task.ts';
import { hermesDispatcher } from '../../../services/hermes.ts';
import { liveGateways } from '../../../services/presence.ts';
import { loadProfiles } from '../../../services/profiles.ts';
import { lookAt } from '../../../services/queue.ts';
import { problemOf } from '../../../services/roster.ts';
import { flag, limitUpTo, record } from '../../contract.ts';
import { pauseBoard, resumeBoard } from '../../contract-steering.ts';
import { dispatchAnswer } from '../../dispatch-report.ts';
import type { Call } from '../call.ts';
import { boardRoute, nothing, route } from '../route.ts';
import * as shape from '../shapes.ts';
import * as homeShape from '../shapes-home.ts';
import { shown } from '../views.ts';
import { visibleBoards } from './events.ts';

/** Who starts what and where: the dispatcher, hosts, lanes, profiles; and what holds it back: pauses and rests. */

const tag = 'Dispatching';

const overview = route({
  method: 'get',
  path: '/dispatcher',
  tag,
  role: 'viewer',
  summary: 'Who dispatches, the gateways, and what runs by host, lane, board and profile',
  input: nothing,
  answer: homeShape.overview,
  work: async (call) => {
    const { desk } = call;
    const { home, world, kernel, settings } = desk;
    const lease = await kernel.lease(homeBoard, { role: 'dispatcher' });
    if (!lease.ok) return lease;
    const held = lease.value.lease;
    const runs: { board: string; host: string; lane: string; profile: string }[] = [];
    for (const board of await visibleBoards(call)) {
      const { processes } = await lookAt(kernel, board);
      runs.push(
        ...processes.map(({ host, lane, profile }) => ({ board, host, lane, profile: profile ?? '' })),
      );
    }
    const counted = (of: (run: (typeof runs)[number]) => string): Record<string, number> =>
      Object.fromEntries([...Map.groupBy(runs, of)].map(([name, group]) => [name, group.length]));
    return ok({
      holder: held && { name: held.name, host: held.host, pid: held.pid, epoch: held.epoch },
      hermes: (await hermesDispatcher(home, world)) ?? null,
      gateways: (await liveGateways(home, world)).map(({ start: _, boot: __, ...rest }) => rest),
      slots: { taken: runs.length, most: settings.max_in_progress },
      hosts: counted(({ host }) => host),
      lanes: { ...Object.fromEntries(lanes.map((lane) => [lane, 0])), ...counted(({ lane }) => lane) },
      boards: counted(({ board }) => board),
      profiles: counted(({ profile }) => profile),
    });
  },
});

const profiles = route({
  method: 'get',
  path: '/profiles',
  tag,
  role: 'viewer',
  summary: 'The profiles of the home, and why one cannot be started',
  input: nothing,
  answer: shape.listOf('profiles', homeShape.profile),
  work: async ({ desk }) => {
    const { profiles: found, broken } = await loadProfiles(desk.home, desk.world.files);
    const usable = [];
    for (const profile of found) {
      const problem = (await problemOf(desk.world, desk.home, profile)) ?? null;
      usable.push({
        name: profile.name,
        description: profile.description,
        driver: profile.driver,
        startable: problem === null,
        problem,
        max_in_progress: profile.max_in_progress ?? null,
        toolsets: profile.toolsets,
      });
    }
    const others = broken.map(({ name, message }) => ({
      name,
      description: '',
      driver: null,
      startable: false,
      problem: message,
      max_in_progress: null,
      toolsets: [],
    }));
    return ok({ profiles: [...usable, ...others] });
  },
});

/** A pass now, or what one would do. The dispatcher of a gateway looks by itself, so a wish for a pass only wakes it. */
export async function dispatch(
  { desk }: Call,
  { dry_run, max }: { readonly dry_run: boolean; readonly max: number },
): Promise<Result<unknown>> {
  if (desk.dispatcher === undefined) {
    return refuse(
      'not_leader',
      `The gateway ${desk.name} does not stand for the dispatcher; ask one that does.`,
    );
  }
  const report = await desk.dispatcher.preview(max);
  if (!dry_run) desk.dispatcher.wake();
  return ok(dispatchAnswer(report, dry_run));
}

const dispatchRoute = route({
  method: 'post',
  path: '/dispatch',
  tag,
  role: 'operator',
  all_boards: true,
  summary: 'Ask for a pass of the dispatcher, and tell what it finds',
  description: 'With `dry_run` nothing is started for it.',
  input: record({ dry_run: flag.default(false), max: limitUpTo(1000).default(8) }),
  answer: z.looseObject({
    dry_run: z.boolean(),
    spawned: z.array(z.unknown()),
    skipped: z.array(z.unknown()),
  }),
  work: (call, input) => dispatch(call, input),
});

const pauses = boardRoute({
  method: 'get',
  path: '/pauses',
  tag,
  role: 'viewer',
  summary: 'What is paused on a board',
  input: nothing,
  answer: shape.listOf('pauses', homeShape.pause),
  work: async ({ kernel, board }) => shown(await kernel.pauses(board, {}), (found) => ({ pauses: found })),
});

const pause = boardRoute({
  method: 'post',
  path: '/pauses',
  tag,
  role: 'operator',
  summary: 'Start nothing more on a board, of a profile or of a tenant; what runs finishes',
  input: pauseBoard,
  answer: z.strictObject({ pause: homeShape.pause }),
  status: 201,
  work: ({ kernel, board, identity }, input) => kernel.pause(board, { ...input, by: identity.name }),
});

const resume = boardRoute({
  method: 'delete',
  path: '/pauses',
  tag,
  role: 'operator',
  summary: 'End a pause, and the rest after trouble of what it names',
  input: resumeBoard,
  answer: homeShape.done,
  work: async ({ kernel, board }, input) => shown(await kernel.resume(board, input), () => ({ ok: true })),
});

const rests = boardRoute({
  method: 'get',
  path: '/rests',
  tag,
  role: 'viewer',
  summary: 'The profiles and hosts that rest after trouble',
  input: nothing,
  answer: shape.listOf('rests', homeShape.rest),
  work: async ({ kernel, board }) => shown(await kernel.rests(board, {}), (found) => ({ rests: found })),
});

export const dispatchingRoutes = [overview, profiles, dispatchRoute, pauses, pause, resume, rests];
