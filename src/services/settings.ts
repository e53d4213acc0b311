import { join } from 'node:path';
import type { z } from 'zod';
import type { Budget } from '../domain/budget.ts';
import type { DiagnosticConfig } from '../domain/diagnostics.ts';
import type { Ladder } from '../domain/escalation.ts';
import type { ProfileName } from '../domain/ids.ts';
import type { Prices } from '../domain/prices.ts';
import { budgetsSchema } from './budget-settings.ts';
import { type ChatSettings, chatSchema } from './chat/chat-settings.ts';
import {
  type DestinationSettings,
  destinationDefaults,
  destinationKeys,
} from './destinations/destination-settings.ts';
import type { FileReader, Home } from './home.ts';
import { type HttpSettings, httpDefaults, httpSchema, httpSettings } from './http-settings.ts';
import { escalationSchema, ladderDefaults, type NotifySettings, notifySchema } from './notify-settings.ts';
import { check, kinds, type Read, readYaml, type Zod } from './strict-yaml.ts';

/** The settings of a home, after `andon.yaml` and Hermes' `config.yaml` were laid over the defaults (contract §12.1). */
export interface Settings extends DestinationSettings {
  readonly dispatch_in_gateway: boolean;
  /** `undefined` when nobody said, so that it follows `dispatch_in_gateway` (contract §7.1). */
  readonly notify_in_gateway: boolean | undefined;
  /** Seconds between two full passes; wake-ups come at once. */
  readonly dispatch_interval_seconds: number;
  /** A worker that is older than this, and silent for an hour, is ended; 0 is off (contract §5.4). */
  readonly dispatch_stale_timeout_seconds: number;
  readonly failure_limit: number | undefined;
  /** Workers that may live at once, over all boards; `max_spawn` is another name for it. */
  readonly max_in_progress: number;
  readonly max_in_progress_per_board: number | undefined;
  /** A profile's own `max_in_progress` wins over it. */
  readonly max_in_progress_per_profile: number | undefined;
  readonly max_in_progress_per_tenant: number | undefined;
  /** After each such wait a task counts as one more important; 0 never. */
  readonly priority_ageing_minutes: number;
  /** A board's share of the slots when several wait; 1 unless said. */
  readonly board_weights: Readonly<Record<string, number>>;
  /** The only profiles that a dispatcher with these settings starts; all when not said. */
  readonly dispatch_profiles: readonly string[] | undefined;
  /** Whether reviewers are started; otherwise reviews wait for people. */
  readonly review_dispatch: boolean;
  readonly default_assignee: string;
  /** Who puts the results of a decomposed card together, unless its plan says (contract §4.11). */
  readonly orchestrator_profile: string;
  /** Whether the first tasks of a plan start at once, unless the plan says. */
  readonly auto_promote_children: boolean;
  readonly diagnostics: Partial<Omit<DiagnosticConfig, 'specifies'>>;
  readonly worker_log_rotate_bytes: number;
  /** A log that grows over this while its worker runs is cut. */
  readonly worker_log_max_bytes: number;
  readonly worker_log_backup_count: number;
  /** Minutes between two snapshots of a board that has changed; 0 is none. */
  readonly snapshot_interval_minutes: number;
  /** The newest ones that are kept, and for how many days the newest of each day is. */
  readonly snapshot_keep: number;
  readonly snapshot_keep_days: number;
  /** For how many days a removed scratch folder stays in the trash; 0 removes it at once. */
  readonly trash_retention_days: number;
  /** Whether workers may attach files by addresses inside this machine or its network. */
  readonly attach_private_urls: boolean;
  /** The address of a PostgreSQL database that holds the boards, instead of files. */
  readonly store: string | undefined;
  /** What models cost, by the beginning of their names, before the list of vendors' prices. */
  readonly prices: Prices;
  /** What may be spent. */
  readonly budgets: readonly Budget[];
  readonly http: HttpSettings;
  readonly chat: ChatSettings;
  /** Whether those platforms stand in the profile's own `gateway:` block, so that no other gateway speaks for them. */
  readonly chat_of_profile: boolean;
  readonly notifications: NotifySettings;
  /** How people are reminded of what waits for them; `null` when nobody is. */
  readonly escalation: Ladder | null;
}

export type LoadedSettings =
  | { readonly ok: true; readonly settings: Settings; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** What the default number of slots follows; memory in bytes. */
export interface Machine {
  readonly cores: number;
  readonly memory: number;
}

/** A worker of half a gigabyte on each slot, and two slots for each core; at least 2, at most 8 (contract §12.1). */
const slotsFor = ({ cores, memory }: Machine): number =>
  Math.min(8, Math.max(2, Math.min(cores * 2, Math.floor(memory / (512 * 1024 * 1024)))));

const defaults = (machine: Machine): Settings => ({
  dispatch_in_gateway: true,
  notify_in_gateway: undefined,
  dispatch_interval_seconds: 60,
  dispatch_stale_timeout_seconds: 14_400,
  failure_limit: undefined,
  max_in_progress: slotsFor(machine),
  max_in_progress_per_board: undefined,
  max_in_progress_per_profile: undefined,
  max_in_progress_per_tenant: undefined,
  priority_ageing_minutes: 30,
  board_weights: {},
  dispatch_profiles: undefined,
  review_dispatch: true,
  default_assignee: '',
  orchestrator_profile: '',
  auto_promote_children: true,
  diagnostics: {},
  worker_log_rotate_bytes: 2 * 1024 * 1024,
  worker_log_max_bytes: 8 * 1024 * 1024,
  worker_log_backup_count: 1,
  snapshot_interval_minutes: 60,
  snapshot_keep: 24,
  snapshot_keep_days: 7,
  trash_retention_days: 7,
  attach_private_urls: false,
  store: undefined,
  ...destinationDefaults,
  prices: {},
  budgets: [],
  http: httpDefaults,
  chat: {},
  chat_of_profile: false,
  notifications: {},
  escalation: ladderDefaults,
});

/** The keys that Hermes' `kanban:` block shares with us. */
const sharedKeys = (z: Zod) => {
  const { strict, whole, yesNo, text, line } = kinds(z);
  const diagnostics = strict({
    failure_threshold: whole(1).optional(),
    crash_threshold: whole(1).optional(),
    blocked_stale_hours: whole(1).optional(),
    stranded_threshold_seconds: whole(1).optional(),
    block_cycle_threshold: whole(1).optional(),
    block_cycle_window_seconds: whole(1).optional(),
  });
  return {
    dispatch_in_gateway: yesNo.optional(),
    notify_in_gateway: yesNo.optional(),
    dispatch_interval_seconds: whole(1).optional(),
    dispatch_stale_timeout_seconds: whole(0).optional(),
    failure_limit: whole(1).optional(),
    max_in_progress: whole(1).optional(),
    max_spawn: whole(1).optional(),
    max_in_progress_per_profile: whole(1).optional(),
    dispatch_profiles: z.array(line, { error: 'a list of profiles' }).optional(),
    review_dispatch: yesNo.optional(),
    default_assignee: text.optional(),
    orchestrator_profile: text.optional(),
    auto_promote_children: yesNo.optional(),
    diagnostics: diagnostics.optional(),
    worker_log_rotate_bytes: whole(1).optional(),
    worker_log_backup_count: whole(0).optional(),
  };
};

const ownSchema = (z: Zod) => {
  const { strict, whole, yesNo } = kinds(z);
  const dollars = z.number({ error: 'US dollars for a million tokens' }).min(0, { error: 'a number from 0' });
  const price = strict({ input: dollars, cached: dollars, output: dollars });
  const store = z.url({ protocol: /^postgres(ql)?$/, error: 'a postgres:// address' });
  const weights = z.record(z.string(), whole(1), { error: 'a map of boards to whole numbers from 1' });
  return strict({
    ...sharedKeys(z),
    max_in_progress_per_board: whole(1).optional(),
    max_in_progress_per_tenant: whole(1).optional(),
    priority_ageing_minutes: whole(0).optional(),
    worker_log_max_bytes: whole(4096).optional(),
    board_weights: weights.optional(),
    snapshot_interval_minutes: whole(0).optional(),
    snapshot_keep: whole(1).optional(),
    snapshot_keep_days: whole(0).optional(),
    trash_retention_days: whole(0).optional(),
    attach_private_urls: yesNo.optional(),
    store: store.optional(),
    ...destinationKeys(z),
    prices: z.record(z.string(), price, { error: 'a map of models to {input, cached, output}' }).optional(),
    budgets: budgetsSchema(z).optional(),
    notifications: notifySchema(z).optional(),
    escalation: escalationSchema(z).optional(),
    http: httpSchema(z).optional(),
    chat: chatSchema(z).optional(),
  });
};
type Layer = z.infer<ReturnType<typeof ownSchema>>;

/**
 * Reads the settings of a home. Layers, the later over the earlier: defaults, the `kanban:` block of Hermes'
 * `config.yaml`, `<root>/andon.yaml`, and the `gateway:` block of the profile whose gateway asks. A fault in ours is a
 * refusal in one sentence. A fault in Hermes' is a warning; when its file cannot be read at all, nobody knows whether it
 * switches dispatching off, so dispatching stays off unless our own file says otherwise (contract §5.1).
 */
export async function loadSettings(
  home: Home,
  files: FileReader,
  options: { readonly machine: Machine; readonly profile?: ProfileName | undefined },
): Promise<LoadedSettings> {
  const hermes = await hermesLayer(home, files);
  const own = await ownLayer(files, home, 'andon.yaml');
  if (!own.ok) return own;
  const { profile } = options;
  const gateway =
    profile === undefined ? none : await ownLayer(files, home, `profiles/${profile}/andon.yaml`, 'gateway');
  if (!gateway.ok) return gateway;
  const http = httpSettings([own.value.http, gateway.value.http]);
  if (!http.ok) return http;
  return {
    ok: true,
    settings: {
      ...defaults(options.machine),
      ...said(hermes.layer),
      ...said(own.value),
      ...said(gateway.value),
      http: http.value,
      chat_of_profile: gateway.value.chat !== undefined,
    },
    warnings: hermes.warnings,
  };
}

const none: Read<Layer> = { ok: true, value: {} };

/**
 * Without the keys that a layer leaves open, which must not hide those below. `max_spawn` says the same as
 * `max_in_progress`; of a layer that says both the smaller counts, so that nothing is counted twice (contract §15.5).
 */
function said({ max_spawn: alias, http: _, ...layer }: Layer): Partial<Settings> {
  const most = Math.min(alias ?? Number.POSITIVE_INFINITY, layer.max_in_progress ?? Number.POSITIVE_INFINITY);
  const whole = { ...layer, max_in_progress: Number.isFinite(most) ? most : undefined };
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
}

/** The settings in one of our files, or in one block of it. */
async function ownLayer(files: FileReader, home: Home, label: string, block?: string): Promise<Read<Layer>> {
  const file = await readYaml(files, join(home.root, label), label);
  if (file === undefined) return none;
  if (!file.ok) return file;
  const { z } = await import('zod');
  if (block === undefined) return check(ownSchema(z), file.value, label);
  const value = isRecord(file.value) ? (file.value[block] ?? {}) : {};
  return check(ownSchema(z), value, label, [block]);
}

async function hermesLayer(home: Home, files: FileReader): Promise<{ layer: Layer; warnings: string[] }> {
  const label = 'config.yaml';
  const file = await readYaml(files, join(home.root, label), label);
  if (file === undefined) return { layer: {}, warnings: [] };
  if (!file.ok || !isRecord(file.value)) {
    const what = file.ok ? `${label}: it is not a map of settings.` : file.message;
    return {
      layer: { dispatch_in_gateway: false },
      warnings: [`${what} Nothing is dispatched unless andon.yaml says dispatch_in_gateway: true.`],
    };
  }
  const block = file.value['kanban'];
  if (!isRecord(block)) return { layer: {}, warnings: [] };
  const { z } = await import('zod');
  const warnings: string[] = [];
  const values: [string, unknown][] = [];
  for (const [key, schema] of Object.entries(sharedKeys(z))) {
    const value = block[key];
    if (value === undefined || value === null) continue;
    const read = check<unknown>(schema, value, label, ['kanban', key]);
    if (read.ok) values.push([key, read.value]);
    else warnings.push(`${read.message} It is passed over.`);
  }
  return { layer: Object.fromEntries(values), warnings };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
