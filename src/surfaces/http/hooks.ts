import { createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import type { CreateTask } from '../../domain/command.ts';
import { parseAssignee } from '../../domain/ids.ts';
import { fillTemplate, missedBy } from '../../domain/mapping.ts';
import type { HookSettings } from '../../services/destinations/destination-settings.ts';
import { boardExists } from '../../services/home.ts';
import { secretOf } from '../../services/secret-source.ts';
import { signedKernel } from '../signed-kernel.ts';
import { type App, type Ask, addressOf } from './app.ts';
import { mostJson, parseJson, readBytes, requireJson } from './body.ts';
import type { Desk } from './call.ts';
import type { Rate } from './limits.ts';
import { HttpProblem, problemResponse, refused } from './problem.ts';

/**
 * Webhooks that come in: `POST /hooks/NAME` makes a task of an event, by what `hooks:` in `andon.yaml` says. Whoever sends it
 * proves who they are by a signature and not by a token. The same event makes one task however often it comes.
 */

const longestTitle = 300;
const longestId = 200;

/** The event that has proved where it comes from. */
interface Event {
  /** The same whenever it is sent again. */
  readonly id: string;
  readonly value: unknown;
}

export function openHooks(app: App, desk: Desk, rate: Rate): void {
  app.post('/hooks/:hook', async (ask) => {
    ask.set('route', 'POST /hooks/{hook}');
    limit(rate, `a stranger at ${addressOf(ask)}`);
    const name = ask.req.param('hook');
    const hook = Object.hasOwn(desk.settings.hooks, name) ? desk.settings.hooks[name] : undefined;
    if (hook === undefined) {
      throw new HttpProblem(
        'not_found',
        `There is no hook ${name.slice(0, 64)}; \`hooks:\` in andon.yaml names them.`,
      );
    }
    const event = await eventOf(desk, ask, name, hook);
    limit(rate, `the hook ${name}`);
    return answerTo(desk, ask, { name, hook, event });
  });
}

function limit(rate: Rate, key: string): void {
  const wait = rate.take(key);
  if (wait === undefined) return;
  const headers = { 'retry-after': String(wait) };
  throw new HttpProblem('too_many_requests', `Too many requests; try again in ${wait} s.`, { headers });
}

/** Reads an event and holds it against its signature; nothing of it is looked at before. */
async function eventOf(desk: Desk, ask: Ask, name: string, hook: HookSettings): Promise<Event> {
  const { raw } = ask.req;
  const bytes = await readBytes(raw, mostJson);
  const secret = await secretOfHook(desk, name, hook);
  const id = hook.signature === 'github' ? byGitHub(raw, bytes, secret) : byStandard(raw, bytes, secret);
  if (id === undefined) {
    desk.identities.guess(addressOf(ask));
    throw new HttpProblem('bad_signature', unsigned[hook.signature]);
  }
  if (id === '' || id.length > longestId) {
    throw new HttpProblem('bad_request', `An event has an id of 1 to ${longestId} characters.`);
  }
  requireJson(raw);
  return { id, value: parseJson(bytes) };
}

const unsigned = {
  standard:
    'The event must be signed as Standard Webhooks say (webhook-id, webhook-timestamp of the last five minutes, webhook-signature) with the secret of this hook, and is not.',
  github:
    'The event must be signed as GitHub does (x-hub-signature-256, x-github-delivery) with the secret of this hook, and is not.',
} as const;

async function secretOfHook({ world, home }: Desk, name: string, hook: HookSettings): Promise<string> {
  const source = { setting: `hooks.${name}.secret`, env: hook.secret_env, file: hook.secret_file };
  try {
    const secret = await secretOf(world, home.env, source);
    // One that is none fails here, and not as a wrong signature.
    if (hook.signature === 'standard') new Webhook(secret);
    return secret;
  } catch (error) {
    world.log.error('A webhook cannot be checked.', { hook: name, error });
    throw new HttpProblem(
      'unavailable',
      `The secret of the hook ${name} cannot be used; the log of the gateway says why.`,
    );
  }
}

/** The id of an event that is signed well and was sent in the last five minutes. */
function byStandard({ headers }: Request, bytes: Uint8Array, secret: string): string | undefined {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
  const given = Object.fromEntries(names.map((name) => [name, headers.get(name) ?? '']));
  try {
    new Webhook(secret).verify(Buffer.from(bytes), given, { jsonParse: false });
    return given['webhook-id'];
  } catch (error) {
    if (error instanceof WebhookVerificationError) return undefined;
    throw error;
  }
}

/** The id of a delivery whose body GitHub has signed. */
function byGitHub({ headers }: Request, bytes: Uint8Array, secret: string): string | undefined {
  const given = Buffer.from(headers.get('x-hub-signature-256') ?? '');
  const right = Buffer.from(`sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  return headers.get('x-github-delivery') ?? '';
}

interface Arrival {
  readonly name: string;
  readonly hook: HookSettings;
  readonly event: Event;
}

async function answerTo(desk: Desk, ask: Ask, arrival: Arrival): Promise<Response> {
  const { name, hook, event } = arrival;
  const { home, world } = desk;
  const passed = passedOver(ask.req.raw, hook, event);
  if (passed !== undefined) return Response.json({ task_id: null, created: false, passed_over: passed });
  const task = taskOf(arrival);
  if (!(await boardExists(home, world.files, hook.board))) {
    const sentence = `There is no board ${hook.board}, which hooks.${name}.board in andon.yaml names.`;
    throw new HttpProblem('unknown_board', sentence, { ids: [hook.board] });
  }
  const made = await signedKernel(desk.kernel, `hook:${name}`).create(hook.board, task);
  if (!made.ok) return problemResponse(refused(made.refusal), ask.get('requestId'));
  const { task: found, created } = made.value;
  return Response.json({ task_id: found.id, created }, { status: created ? 201 : 200 });
}

/** Why an event makes no task although all is well with it. */
function passedOver({ headers }: Request, hook: HookSettings, { value }: Event): string | undefined {
  if (hook.signature === 'github' && headers.get('x-github-event') === 'ping')
    return 'GitHub only asks who is there.';
  const path = missedBy(hook.when, value);
  return path === undefined ? undefined : `\`${path}\` is not what the hook waits for.`;
}

function taskOf({ name, hook, event: { id, value } }: Arrival): CreateTask {
  const fill = (template: string | undefined): string | undefined =>
    template === undefined ? undefined : fillTemplate(template, value).trim() || undefined;
  const title = fill(hook.title)?.replaceAll(/\s+/g, ' ');
  if (title === undefined) {
    const sentence = `The event holds nothing that hooks.${name}.title in andon.yaml makes a title of: ${hook.title}`;
    throw new HttpProblem('no_title', sentence);
  }
  return {
    title: [...title].slice(0, longestTitle).join(''),
    body: fill(hook.body),
    assignee: parseAssignee(fill(hook.assignee) ?? ''),
    tenant: fill(hook.tenant),
    priority: hook.priority,
    skills: hook.skills,
    triage: hook.triage,
    created_by: `hook:${name}`,
    idempotency_key: `hook:${name}:${id}`,
  };
}
