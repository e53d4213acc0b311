import { join } from 'node:path';
import { z } from '@hono/zod-openapi';
import { ok, type Result, refuse } from '../../../domain/errors.ts';
import { parseAssignee } from '../../../domain/ids.ts';
import { loadProfiles } from '../../../services/profiles.ts';
import { loadSettings } from '../../../services/settings.ts';
import { flag, name, record, text } from '../../contract.ts';
import { thisMachine } from '../../machine.ts';
import type { Desk } from '../call.ts';
import { HttpProblem } from '../problem.ts';
import { nothing, olderHomeRoute } from '../route.ts';
import { changeYaml } from './yaml-file.ts';

/** Contract §10: who does the work, and who gets what nobody is assigned to. */

const tag = 'Older API';
const anything = z.looseObject({});

const profiles = olderHomeRoute({
  method: 'get',
  path: '/profiles',
  tag,
  role: 'viewer',
  summary: 'The profiles',
  input: nothing,
  answer: z.strictObject({ profiles: z.array(anything) }),
  work: async ({ desk }) => {
    const { profiles: found } = await loadProfiles(desk.home, desk.world.files);
    return ok({
      profiles: found.map((profile) => ({
        name: profile.name,
        is_default: profile.name === 'default',
        model: null,
        provider: null,
        description: profile.description,
        description_auto: false,
        skill_count: profile.review_skills.length,
      })),
    });
  },
});

async function knownProfile({ home, world }: Desk, wanted: string): Promise<Result<never> | undefined> {
  const { profiles: found } = await loadProfiles(home, world.files);
  if (found.some((profile) => profile.name === wanted)) return undefined;
  return refuse(
    'invalid_input',
    `There is no profile ${wanted}; profiles/${wanted}/andon.yaml would define it.`,
  );
}

const describe = olderHomeRoute({
  method: 'patch',
  path: '/profiles/{profile}',
  tag,
  role: 'admin',
  all_boards: true,
  summary: 'Say what a profile is for',
  input: record({ profile: name, description: text }),
  answer: z.strictObject({ ok: z.literal(true), profile: z.string(), description: z.string() }),
  work: async ({ desk }, { profile, description }) => {
    const unknown = await knownProfile(desk, profile);
    if (unknown) return unknown;
    const path = join(desk.home.root, 'profiles', profile, 'andon.yaml');
    await changeYaml(desk.world.files, path, { description });
    return ok({ ok: true, profile, description });
  },
});

const describeAuto = olderHomeRoute({
  method: 'post',
  path: '/profiles/{profile}/describe-auto',
  tag,
  role: 'admin',
  all_boards: true,
  summary: 'Asks a model to describe a profile; without one it says so',
  input: record({ profile: name, overwrite: flag.default(false) }),
  answer: z.strictObject({
    ok: z.boolean(),
    profile: z.string(),
    reason: z.string(),
    description: z.string().nullable(),
  }),
  work: async ({ desk }, { profile }) => {
    const unknown = await knownProfile(desk, profile);
    if (unknown) return unknown;
    const reason = 'No model is configured that would describe it; PATCH /profiles/NAME takes your words.';
    return ok({ ok: false, profile, reason, description: null });
  },
});

const steering = z.strictObject({
  orchestrator_profile: z.string(),
  default_assignee: z.string(),
  auto_decompose: z.boolean(),
  auto_promote_children: z.boolean(),
  resolved_orchestrator_profile: z.string().nullable(),
  resolved_default_assignee: z.string().nullable(),
  active_profile: z.string(),
});

/** As the files say now; a running gateway heeds them when it is started again. */
async function orchestrationOf({ home, world, name: active_profile }: Desk) {
  const loaded = await loadSettings(home, world.files, { machine: thisMachine() });
  if (!loaded.ok) throw new HttpProblem('unavailable', loaded.message);
  const { orchestrator_profile, default_assignee, auto_promote_children } = loaded.settings;
  return {
    orchestrator_profile,
    default_assignee,
    auto_decompose: false,
    auto_promote_children,
    resolved_orchestrator_profile: parseAssignee(orchestrator_profile),
    resolved_default_assignee: parseAssignee(default_assignee),
    active_profile,
  };
}

const orchestration = olderHomeRoute({
  method: 'get',
  path: '/orchestration',
  tag,
  role: 'viewer',
  summary: 'Who puts results together, and who gets what nobody is assigned to',
  input: nothing,
  answer: steering,
  work: async ({ desk }) => ok(await orchestrationOf(desk)),
});

const orchestrate = olderHomeRoute({
  method: 'put',
  path: '/orchestration',
  tag,
  role: 'admin',
  all_boards: true,
  summary: 'Write that into andon.yaml; heeded when the gateway is started again',
  input: record({
    orchestrator_profile: text.optional(),
    default_assignee: text.optional(),
    auto_decompose: flag.optional(),
    auto_promote_children: flag.optional(),
  }),
  answer: steering,
  work: async ({ desk }, { auto_decompose, ...given }) => {
    if (auto_decompose === true) {
      return refuse(
        'invalid_input',
        'Andon decomposes no card by itself, so `auto_decompose` can only be false.',
      );
    }
    for (const wanted of [given.orchestrator_profile, given.default_assignee]) {
      const profile = parseAssignee(wanted ?? '');
      const unknown = profile === null ? undefined : await knownProfile(desk, profile);
      if (unknown) return unknown;
    }
    await changeYaml(desk.world.files, join(desk.home.root, 'andon.yaml'), given);
    return ok(await orchestrationOf(desk));
  },
});

export const olderProfileRoutes = [profiles, describe, describeAuto, orchestration, orchestrate];
