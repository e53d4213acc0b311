import { describe, expect, it } from 'vitest';
import { asProfileName } from '../../src/domain/ids.ts';
import type { Home } from '../../src/services/home.ts';
import { httpDefaults } from '../../src/services/http-settings.ts';
import { wishesAt } from '../../src/services/notify-settings.ts';
import { loadSettings } from '../../src/services/settings.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryHome } from '../support/temporary-home.ts';

const { files } = nodeWorld({ log: quiet });
const load = (home: Home, profile?: string) =>
  loadSettings(home, files, {
    machine: { cores: 2, memory: 2 ** 33 },
    profile: profile === undefined ? undefined : asProfileName(profile),
  });

async function settingsOf(home: Home, profile?: string) {
  const loaded = await load(home, profile);
  if (!loaded.ok) throw new Error(loaded.message);
  return loaded;
}

describe('settings', () => {
  it('have defaults, with slots by cores and memory from 2 to 8', async () => {
    const home = temporaryHome();
    expect((await settingsOf(home)).settings).toEqual({
      dispatch_in_gateway: true,
      notify_in_gateway: undefined,
      notifications: {},
      escalation: { after: 3600, remind: 86_400, owner: null, on_call: null },
      chat_of_profile: false,
      dispatch_interval_seconds: 60,
      dispatch_stale_timeout_seconds: 14_400,
      failure_limit: undefined,
      max_in_progress: 4,
      max_in_progress_per_board: undefined,
      max_in_progress_per_profile: undefined,
      max_in_progress_per_tenant: undefined,
      priority_ageing_minutes: 30,
      board_weights: {},
      snapshot_interval_minutes: 60,
      snapshot_keep: 24,
      snapshot_keep_days: 7,
      trash_retention_days: 7,
      attach_private_urls: false,
      store: undefined,
      dispatch_profiles: undefined,
      review_dispatch: true,
      orchestrator_profile: '',
      auto_promote_children: true,
      diagnostics: {},
      default_assignee: '',
      worker_log_rotate_bytes: 2_097_152,
      worker_log_max_bytes: 8_388_608,
      worker_log_backup_count: 1,
      webhooks: {},
      email: undefined,
      ntfy: undefined,
      desktop: false,
      hooks: {},
      prices: {},
      budgets: [],
      http: httpDefaults,
      chat: {},
    });
    const gib = 2 ** 30;
    for (const [cores, memory, slots] of [
      [1, 64 * gib, 2],
      [3, 64 * gib, 6],
      [64, 64 * gib, 8],
      [64, 2.5 * gib, 5],
      [64, gib / 4, 2],
    ] as const) {
      const loaded = await loadSettings(home, files, { machine: { cores, memory } });
      expect(loaded).toMatchObject({ settings: { max_in_progress: slots } });
    }
  });

  it('take max_spawn for max_in_progress, and of both the smaller, layer by layer', async () => {
    const slots = async (files: Record<string, string>) =>
      (await settingsOf(temporaryHome(files))).settings.max_in_progress;
    expect(await slots({ 'andon.yaml': 'max_spawn: 3' })).toBe(3);
    expect(await slots({ 'andon.yaml': 'max_spawn: 3\nmax_in_progress: 7' })).toBe(3);
    expect(await slots({ 'andon.yaml': 'max_spawn: 7\nmax_in_progress: 3' })).toBe(3);
    const hermes = { 'config.yaml': 'kanban: {max_spawn: 2, max_in_progress_per_profile: 1}' };
    expect(await slots({ ...hermes, 'andon.yaml': 'max_in_progress: 5' })).toBe(5);
    const layered = await settingsOf(temporaryHome(hermes));
    expect(layered.settings).toMatchObject({ max_in_progress: 2, max_in_progress_per_profile: 1 });
  });

  it('are layered: Hermes below ours, the gateway block of the profile above', async () => {
    const home = temporaryHome({
      'config.yaml':
        'model: x\nkanban:\n  max_in_progress: 3\n  failure_limit: 5\n  default_assignee: a\n  unheard_of: 1\n',
      'andon.yaml': 'failure_limit: 4\ndefault_assignee: b\n',
      'profiles/ops/andon.yaml':
        'command: [x]\ngateway:\n  default_assignee: c\n  dispatch_in_gateway: false\n  chat: {telegram: {token_env: B}}\n',
    });
    expect(await settingsOf(home)).toMatchObject({
      warnings: [],
      settings: { max_in_progress: 3, failure_limit: 4, default_assignee: 'b', dispatch_in_gateway: true },
    });
    expect(await settingsOf(home, 'ops')).toMatchObject({
      settings: {
        max_in_progress: 3,
        failure_limit: 4,
        default_assignee: 'c',
        dispatch_in_gateway: false,
        chat_of_profile: true,
      },
    });
    expect(await settingsOf(home, 'missing')).toMatchObject({ settings: { default_assignee: 'b' } });
  });

  it('know webhooks', async () => {
    const home = temporaryHome({
      'andon.yaml': 'webhooks:\n  team: {url: "https://x.example/h", secret_env: TEAM_SECRET}\n',
    });
    expect((await settingsOf(home)).settings.webhooks).toEqual({
      team: { url: 'https://x.example/h', secret_env: 'TEAM_SECRET' },
    });
  });

  it('know when places are told, which agent answers there, and who is reminded', async () => {
    const settings = async (text: string) =>
      (await settingsOf(temporaryHome({ 'andon.yaml': text }))).settings;
    expect((await settings('')).escalation).toEqual({
      after: 3600,
      remind: 86_400,
      owner: null,
      on_call: null,
    });
    expect((await settings('escalation: {enabled: false, after: 5m}')).escalation).toBeNull();
    expect(
      (
        await settings(
          'escalation: {after: 30m, remind: 90, owner: "telegram:-100#7", on_call: "webhook:ops"}',
        )
      ).escalation,
    ).toEqual({
      after: 1800,
      remind: 90,
      owner: { platform: 'telegram', chat_id: '-100', thread_id: '7' },
      on_call: { platform: 'webhook', chat_id: 'ops', thread_id: '' },
    });
    const { notifications } = await settings(`notifications:
  zone: Europe/Berlin
  quiet: "22:00-07:00"
  urgent: [gave_up]
  agent: ada
  places:
    "telegram:-100": {digest: 1h}
    "telegram:-100#7": {quiet: false, agent: bob}`);
    const at = (chat_id: string, thread_id = '') =>
      wishesAt(notifications, { platform: 'telegram', chat_id, thread_id });
    const quiet = { from: 1320, to: 420 };
    const general = { zone: 'Europe/Berlin', quiet, digest_seconds: undefined, urgent: ['gave_up'] };
    expect(at('9')).toEqual({ policy: general, agent: 'ada' });
    expect(at('-100')).toEqual({ policy: { ...general, digest_seconds: 3600 }, agent: 'ada' });
    expect(at('-100', '7')).toEqual({
      policy: { ...general, digest_seconds: 3600, quiet: undefined },
      agent: 'bob',
    });
    expect(wishesAt({}, { platform: 'telegram', chat_id: '9', thread_id: '' }).policy.urgent).toEqual([]);
  });

  it.each([
    [
      'escalation: {after: soon}',
      'escalation.after must be a duration such as 90s, 15m, 2h or 1d, not "soon".',
    ],
    ['escalation: {owner: ada}', 'escalation.owner must be a place such as telegram:-100123#7, not "ada".'],
    ['escalation: never', 'escalation must be a map of enabled, after, remind, owner, on_call, not "never".'],
    [
      'notifications: {zone: Mars}',
      'notifications.zone must be a time zone such as Europe/Zurich, not "Mars".',
    ],
    [
      'notifications: {quiet: 22-7}',
      'notifications.quiet must be hours such as "22:00-07:00", or false, not "22-7".',
    ],
    [
      'notifications: {digest: often}',
      'notifications.digest must be a duration such as 1h, or false, not "often".',
    ],
    ['notifications: {agent: none}', 'notifications.agent must be the name of a profile, not "none".'],
    [
      'notifications: {places: {ada: {}}}',
      'notifications.places must be a map whose keys are places such as telegram:-100123#7, not {"ada":{}}.',
    ],
  ])('%s is refused in one sentence', async (text, message) => {
    const refused = { ok: false, message: `andon.yaml: ${message}` };
    expect(await load(temporaryHome({ 'andon.yaml': text }))).toEqual(refused);
  });

  it('know what may be spent, and name the fault of a budget', async () => {
    const budgets = (text: string) => temporaryHome({ 'andon.yaml': `budgets: [${text}]` });
    const home = budgets('{scope: day, money: 12.5}, {scope: profile, name: coder, tokens: 2000, warn: 50}');
    expect((await settingsOf(home)).settings.budgets).toEqual([
      { scope: 'day', name: null, cost_micros: 12_500_000, tokens: null, warn: 80 },
      { scope: 'profile', name: 'coder', cost_micros: null, tokens: 2000, warn: 50 },
    ]);
    const faults: readonly (readonly [string, RegExp])[] = [
      [
        '{scope: week, money: 1}',
        /^andon\.yaml: budgets\.0\.scope must be one of task, tree, .*, not "week"\.$/,
      ],
      ['{scope: day}', /budgets\.0 must be a budget with money, tokens or both, not/],
      [
        '{scope: task, name: t_1, money: 1}',
        /budgets\.0 must be a budget whose name, if it has one, is that of/,
      ],
      ['{scope: day, money: 0}', /budgets\.0\.money must be US dollars, more than 0, not 0\.$/],
      ['{scope: day, money: 1, warn: 101}', /budgets\.0\.warn must be a percent from 1 to 100, not 101\.$/],
    ];
    for (const [text, message] of faults) {
      expect(await load(budgets(text))).toEqual({ ok: false, message: expect.stringMatching(message) });
    }
  });

  it('know where the API is served, key by key, and that a public place has to be allowed', async () => {
    const http = async (own: string, gateway = '') => {
      const files = { 'andon.yaml': own, 'profiles/ops/andon.yaml': `gateway: {${gateway}}` };
      return settingsOf(temporaryHome(files), 'ops');
    };
    expect((await http('http: {port: 80}', 'http: {enabled: false}')).settings.http).toEqual({
      ...httpDefaults,
      port: 80,
      enabled: false,
    });
    for (const host of ['127.0.0.1', '127.8.8.8', 'localhost', '::1']) {
      expect((await http(`http: {host: "${host}"}`)).settings.http.host).toBe(host);
    }
    expect((await http('http: {host: 10.0.0.5, allow_public: true}')).settings.http.host).toBe('10.0.0.5');
    for (const host of ['0.0.0.0', '::', '10.0.0.5', 'example.org', '127.0.0.1.example.org', '1270.0.0.1']) {
      const loaded = await load(temporaryHome({ 'andon.yaml': `http: {host: "${host}"}` }));
      expect([host, loaded]).toMatchObject([
        host,
        { ok: false, message: expect.stringContaining('allow_public') },
      ]);
    }
  });

  it.each([
    ['http: {port: 70000}', 'andon.yaml: http.port must be a port from 0 to 65535, not 70000.'],
    ['http: {host: ""}', 'andon.yaml: http.host must be a text that is not blank, not "".'],
    [
      'http: {public_url: board.lan}',
      'andon.yaml: http.public_url must be an http or https address, not "board.lan".',
    ],
    [
      'http: {allowed_hosts: ["https://x"]}',
      'andon.yaml: http.allowed_hosts.0 must be host names, each with or without a port, not "https://x".',
    ],
    ['max_in_progress: many', 'andon.yaml: max_in_progress must be a whole number from 1, not "many".'],
    ['max_in_progress: 0', 'andon.yaml: max_in_progress must be a whole number from 1, not 0.'],
    ['max_spawn: 0', 'andon.yaml: max_spawn must be a whole number from 1, not 0.'],
    [
      'max_in_progress_per_tenant: 0',
      'andon.yaml: max_in_progress_per_tenant must be a whole number from 1, not 0.',
    ],
    [
      'priority_ageing_minutes: -1',
      'andon.yaml: priority_ageing_minutes must be a whole number from 0, not -1.',
    ],
    ['board_weights: 3', 'andon.yaml: board_weights must be a map of boards to whole numbers from 1, not 3.'],
    ['board_weights: {a: 0}', 'andon.yaml: board_weights.a must be a whole number from 1, not 0.'],
    ['max_in_progress: 1.5', 'andon.yaml: max_in_progress must be a whole number from 1, not 1.5.'],
    ['dispatch_in_gateway: maybe', 'andon.yaml: dispatch_in_gateway must be true or false, not "maybe".'],
    ['dispatch_profiles: coder', 'andon.yaml: dispatch_profiles must be a list of profiles, not "coder".'],
    ['review_dispatch: 1', 'andon.yaml: review_dispatch must be true or false, not 1.'],
    [
      'diagnostics: {crash_threshold: 0}',
      'andon.yaml: diagnostics.crash_threshold must be a whole number from 1, not 0.',
    ],
    [
      'diagnostics: {crashes: 3}',
      'andon.yaml: there is no setting diagnostics.crashes; accepted are failure_threshold, crash_threshold, blocked_stale_hours, stranded_threshold_seconds, block_cycle_threshold, block_cycle_window_seconds.',
    ],
    ['failure_limit:', 'andon.yaml: failure_limit must be a whole number from 1, not null.'],
    [
      'webhooks: {a: {url: "ftp://x", secret_env: S}}',
      'andon.yaml: webhooks.a.url must be an http or https address, not "ftp://x".',
    ],
    [
      'webhooks: {a: {url: "https://x"}}',
      'andon.yaml: webhooks.a.secret_env must be the name of an environment variable that holds the secret, not nothing.',
    ],
    ['webhooks: {a: {uri: x}}', 'andon.yaml: webhooks.a.url must be an http or https address, not nothing.'],
    ['webhooks: [1]', 'andon.yaml: webhooks must be a map of names to {url, secret_env}, not [1].'],
  ])('%s is refused in one sentence', async (text, message) => {
    expect(await load(temporaryHome({ 'andon.yaml': text }))).toEqual({ ok: false, message });
  });

  it('name an unknown key and those that there are', async () => {
    const loaded = await load(temporaryHome({ 'andon.yaml': 'max_in_progres: 1' }));
    expect(loaded).toEqual({
      ok: false,
      message: expect.stringMatching(
        /^andon\.yaml: there is no setting max_in_progres; accepted are dispatch_in_gateway, .*chat\.$/,
      ),
    });
    expect(
      await load(temporaryHome({ 'andon.yaml': 'webhooks: {a: {url: "http://x", secret_env: S, x: 1}}' })),
    ).toEqual({
      ok: false,
      message: 'andon.yaml: there is no setting webhooks.a.x; accepted are url, secret_env.',
    });
  });

  it('refuse a file that is not YAML or not a map, and accept an empty one', async () => {
    expect(await load(temporaryHome({ 'andon.yaml': 'a: [1' }))).toEqual({
      ok: false,
      message: expect.stringMatching(/^andon\.yaml: it is not valid YAML \(.*line 1.*\)\.$/),
    });
    expect(await load(temporaryHome({ 'andon.yaml': '- 1' }))).toEqual({
      ok: false,
      message: expect.stringMatching(
        /^andon\.yaml: the file must be a map of dispatch_in_gateway, .*, not \[1\]\.$/,
      ),
    });
    expect(await load(temporaryHome({ 'andon.yaml': '# nothing\n' }))).toMatchObject({ ok: true });
    expect(await load(temporaryHome({ 'profiles/ops/andon.yaml': 'gateway: {x: 1}' }), 'ops')).toEqual({
      ok: false,
      message: expect.stringMatching(
        /^profiles\/ops\/andon\.yaml: there is no setting gateway\.x; accepted are /,
      ),
    });
  });

  it("warn of a bad value in Hermes' file and pass it over", async () => {
    const loaded = await settingsOf(
      temporaryHome({ 'config.yaml': 'kanban: {failure_limit: -1, max_in_progress: 3}' }),
    );
    expect(loaded.warnings).toEqual([
      'config.yaml: kanban.failure_limit must be a whole number from 1, not -1. It is passed over.',
    ]);
    expect(loaded.settings).toMatchObject({ failure_limit: undefined, max_in_progress: 3 });
  });

  it('do not dispatch beside a Hermes file that cannot be read, unless ours says so', async () => {
    const broken = { 'config.yaml': 'kanban: [' };
    const loaded = await settingsOf(temporaryHome(broken));
    expect(loaded.settings.dispatch_in_gateway).toBe(false);
    expect(loaded.warnings).toEqual([expect.stringContaining('config.yaml: it is not valid YAML')]);
    const said = await settingsOf(temporaryHome({ ...broken, 'andon.yaml': 'dispatch_in_gateway: true' }));
    expect(said.settings.dispatch_in_gateway).toBe(true);
  });
});
