/**
 * Every environment name that Andon reads or gives (contract §0, §5.10, §12.2), with the older spelling that is also read
 * and given where there is one: who a worker is, the paths a dispatcher pinned for it, and the dispatch switch.
 */
const names = {
  /** The root of everything, also in workers; the older name never finds it. */
  ANDON_HOME: null,

  ANDON_TASK: 'HERMES_KANBAN_TASK',
  ANDON_RUN_ID: 'HERMES_KANBAN_RUN_ID',
  ANDON_CLAIM_LOCK: 'HERMES_KANBAN_CLAIM_LOCK',
  ANDON_BOARD: 'HERMES_KANBAN_BOARD',
  ANDON_DB: 'HERMES_KANBAN_DB',
  ANDON_WORKSPACE: 'HERMES_KANBAN_WORKSPACE',
  ANDON_WORKSPACES_ROOT: 'HERMES_KANBAN_WORKSPACES_ROOT',
  ANDON_BRANCH: 'HERMES_KANBAN_BRANCH',
  ANDON_PROFILE: 'HERMES_PROFILE',
  ANDON_TENANT: 'HERMES_TENANT',
  ANDON_SESSION_ID: 'HERMES_SESSION_ID',
  /** The path of the brief, as a file. */
  ANDON_BRIEF: null,
  /** The secret of a run whose command is the worker itself; an agent's run keeps it from the agent's own environment. */
  ANDON_RUN_TOKEN: null,
  /** Set inside an agent's run: there the command line reads and comments only. */
  ANDON_AGENT_RUN: null,
  /** A file that the tools of an agent's run make when they are there. */
  ANDON_BOARD_SIGN: null,
  /** Stands in every process of a run, so that one which left its group is still found. */
  ANDON_RUN_MARK: null,

  ANDON_ATTACHMENTS_ROOT: null,
  /** Who writes, when it is not a worker (contract §8.1). */
  ANDON_PROFILE_NAME: null,
  /** For a command that came from a chat: the place that is told of a task that it creates, by which gateway, its id, and who said it. */
  ANDON_CHAT_PLACE: null,
  ANDON_CHAT_PROFILE: null,
  ANDON_CHAT_REQUEST: null,
  ANDON_CHAT_USER: null,
  ANDON_DISPATCH_IN_GATEWAY: 'HERMES_KANBAN_DISPATCH_IN_GATEWAY',
  ANDON_NOTIFY_IN_GATEWAY: null,
  /** A `postgres://…` address instead of the home's own files. */
  ANDON_STORE: null,
  /** Opens boards on a network file system all the same. */
  ANDON_ALLOW_NETWORK_FS: null,
  ANDON_CLAIM_TTL_SECONDS: null,
  ANDON_CRASH_GRACE_SECONDS: null,
  /** What this machine is called, instead of its hostname. */
  ANDON_HOST: null,
  ANDON_HOST_GRACE_SECONDS: null,
  ANDON_RATE_LIMIT_COOLDOWN_SECONDS: null,
} as const satisfies Record<string, string | null>;

export type EnvName = keyof typeof names;

/** An environment as a plain record: the domain knows no process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a name, the new spelling first; blank counts as not set. */
export function readEnv(env: Environment, name: EnvName): string | undefined {
  const old = names[name];
  return env[name]?.trim() || (old === null ? undefined : env[old]?.trim()) || undefined;
}

/** A whole number of seconds from 0, or `otherwise` when it is not set or is none (contract §12.2). */
export function readSeconds(env: Environment, name: EnvName, otherwise: number): number {
  const text = readEnv(env, name);
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}

/** True for the words that switch off (contract §5.1). */
export const isFalsy = (text: string | undefined): boolean =>
  text !== undefined && ['0', 'false', 'no', 'off'].includes(text.trim().toLowerCase());

/** Whether a switch is set, to anything but one of those words. */
export function isOn(env: Environment, name: EnvName): boolean {
  const text = readEnv(env, name);
  return text !== undefined && !isFalsy(text);
}

/** Who a worker is. */
export interface WorkerIdentity {
  readonly home: string;
  readonly task: string;
  readonly runId: number;
  readonly claimLock: string | null;
  readonly board: string;
  readonly db: string;
  readonly workspace: string;
  readonly workspacesRoot: string;
  readonly branch: string | null;
  readonly profile: string;
  readonly tenant: string | null;
  readonly sessionId: string | null;
  readonly brief: string;
  readonly mark: string;
  /** `null` for an agent's run, whose secret goes to its tools alone. */
  readonly token: string | null;
}

/**
 * A worker's environment: what it inherits, without the identity of any worker that may stand in there already, and its
 * own identity in both spellings.
 */
export function workerEnv(inherited: Environment, worker: WorkerIdentity): Record<string, string> {
  const identity: readonly (readonly [EnvName, string | null])[] = [
    ['ANDON_HOME', worker.home],
    ['ANDON_TASK', worker.task],
    ['ANDON_RUN_ID', String(worker.runId)],
    ['ANDON_CLAIM_LOCK', worker.claimLock],
    ['ANDON_BOARD', worker.board],
    ['ANDON_DB', worker.db],
    ['ANDON_WORKSPACE', worker.workspace],
    ['ANDON_WORKSPACES_ROOT', worker.workspacesRoot],
    ['ANDON_BRANCH', worker.branch],
    ['ANDON_PROFILE', worker.profile],
    ['ANDON_TENANT', worker.tenant],
    ['ANDON_SESSION_ID', worker.sessionId],
    ['ANDON_BRIEF', worker.brief],
    ['ANDON_RUN_MARK', worker.mark],
    ['ANDON_RUN_TOKEN', worker.token],
    ['ANDON_AGENT_RUN', worker.token === null ? '1' : null],
  ];
  const both = identity.flatMap(([name, value]) => {
    const old = names[name];
    return old === null ? [[name, value] as const] : [[name, value] as const, [old, value] as const];
  });
  const merged = { ...inherited, ...Object.fromEntries(both) };
  return Object.fromEntries(
    Object.entries(merged).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

/** A tool call of the worker may last almost as long as the worker itself (contract §5.10). */
export function raisedTimeouts(env: Environment, maxRuntime: number | undefined): Record<string, string> {
  if (maxRuntime === undefined) return {};
  const least = Math.max(1, maxRuntime - 30);
  const names = ['TERMINAL_TIMEOUT', 'TERMINAL_MAX_FOREGROUND_TIMEOUT'];
  return Object.fromEntries(
    names.filter((name) => !(Number(env[name]) >= least)).map((name) => [name, String(least)]),
  );
}

/** What marks a process as one of a run that is no worker itself. */
export const markedEnv = (mark: string): Record<string, string> => ({ ANDON_RUN_MARK: mark });

/** An environment without any trace of the worker that it may belong to: what a gateway started from one is born with. */
export const withoutWorker = (env: Environment): Environment => {
  const identity: readonly EnvName[] = [
    'ANDON_TASK',
    'ANDON_RUN_ID',
    'ANDON_CLAIM_LOCK',
    'ANDON_WORKSPACE',
    'ANDON_BRANCH',
    'ANDON_PROFILE',
    'ANDON_TENANT',
    'ANDON_SESSION_ID',
    'ANDON_BRIEF',
    'ANDON_RUN_MARK',
    'ANDON_RUN_TOKEN',
    'ANDON_AGENT_RUN',
    'ANDON_BOARD_SIGN',
  ];
  const gone = new Set<string>(identity.flatMap((name) => [name, names[name] ?? name]));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !gone.has(name)));
};

/** An environment that pins no board's database to one file (contract §1.2). */
export const withoutPins = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'ANDON_DB' && name !== names.ANDON_DB));

/** How the names of variables end that hold a secret, such as `OPENAI_API_KEY` and `AWS_SECRET_ACCESS_KEY`. */
const secretName =
  /(?:^|_)(?:API_?KEY|ACCESS_KEY|ACCESS_KEY_ID|AUTH_KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$/i;

/** An environment without what looks like a secret, but for the names that may pass. */
export const withoutSecrets = (env: Environment, passed: readonly string[]): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => passed.includes(name) || !secretName.test(name)));

/** The secrets in an environment. */
export const secretsIn = (env: Environment): readonly string[] =>
  Object.entries(env).flatMap(([name, value]) => (value && secretName.test(name) ? [value] : []));
