import { describe, expect, it } from 'vitest';
import {
  isFalsy,
  isOn,
  markedEnv,
  raisedTimeouts,
  readEnv,
  readSeconds,
  secretsIn,
  type WorkerIdentity,
  withoutPins,
  withoutSecrets,
  withoutWorker,
  workerEnv,
} from './env.ts';

describe('an environment name', () => {
  it('is read in the new spelling first, then in the old one', () => {
    expect(readEnv({ ANDON_TASK: 't_1', HERMES_KANBAN_TASK: 't_2' }, 'ANDON_TASK')).toBe('t_1');
    expect(readEnv({ HERMES_KANBAN_TASK: 't_2' }, 'ANDON_TASK')).toBe('t_2');
    expect(readEnv({ HERMES_PROFILE: 'coder' }, 'ANDON_PROFILE')).toBe('coder');
    expect(readEnv({ HERMES_KANBAN_DISPATCH_IN_GATEWAY: '0' }, 'ANDON_DISPATCH_IN_GATEWAY')).toBe('0');
  });
  it('that is blank counts as not set', () => {
    expect(readEnv({ ANDON_TASK: ' ', HERMES_KANBAN_TASK: 't_2' }, 'ANDON_TASK')).toBe('t_2');
    expect(readEnv({ ANDON_TASK: '' }, 'ANDON_TASK')).toBeUndefined();
  });
  it('of the home or a tuning value has no old spelling', () => {
    const env = {
      HERMES_HOME: '/h',
      HERMES_KANBAN_HOME: '/h',
      HERMES_KANBAN_CLAIM_TTL_SECONDS: '5',
      HERMES_KANBAN_ATTACHMENTS_ROOT: '/a',
    };
    expect(readEnv(env, 'ANDON_HOME')).toBeUndefined();
    expect(readEnv(env, 'ANDON_ATTACHMENTS_ROOT')).toBeUndefined();
    expect(readSeconds(env, 'ANDON_CLAIM_TTL_SECONDS', 900)).toBe(900);
  });
  it('with a bad number means the default', () => {
    for (const text of ['', 'soon', '-1', '1.5', '9e9']) {
      expect(readSeconds({ ANDON_CRASH_GRACE_SECONDS: text }, 'ANDON_CRASH_GRACE_SECONDS', 30)).toBe(30);
    }
    expect(readSeconds({ ANDON_CRASH_GRACE_SECONDS: '0' }, 'ANDON_CRASH_GRACE_SECONDS', 30)).toBe(0);
  });
  it('switches off by four words and on by none', () => {
    for (const text of ['0', 'false', 'No', ' OFF ']) expect(isFalsy(text)).toBe(true);
    for (const text of [undefined, '', '1', 'true', 'never']) expect(isFalsy(text)).toBe(false);
    const isSet = (text?: string) => isOn({ ANDON_ALLOW_NETWORK_FS: text }, 'ANDON_ALLOW_NETWORK_FS');
    for (const text of ['1', 'yes', 'true']) expect(isSet(text)).toBe(true);
    for (const text of [undefined, '', ' ', '0', 'off']) expect(isSet(text)).toBe(false);
  });
});

describe("a worker's environment", () => {
  const worker: WorkerIdentity = {
    home: '/home/x/.andon',
    task: 't_1',
    runId: 3,
    claimLock: 'here:1',
    board: 'default',
    db: '/db',
    workspace: '/w',
    workspacesRoot: '/ws',
    branch: null,
    profile: 'coder',
    tenant: null,
    sessionId: null,
    brief: '/b',
    mark: 'm',
    token: 's',
  };

  it('names it in both spellings, but the home only in ours', () => {
    expect(workerEnv({}, worker)).toEqual({
      ANDON_HOME: '/home/x/.andon',
      ANDON_TASK: 't_1',
      HERMES_KANBAN_TASK: 't_1',
      ANDON_RUN_ID: '3',
      HERMES_KANBAN_RUN_ID: '3',
      ANDON_CLAIM_LOCK: 'here:1',
      HERMES_KANBAN_CLAIM_LOCK: 'here:1',
      ANDON_BOARD: 'default',
      HERMES_KANBAN_BOARD: 'default',
      ANDON_DB: '/db',
      HERMES_KANBAN_DB: '/db',
      ANDON_WORKSPACE: '/w',
      HERMES_KANBAN_WORKSPACE: '/w',
      ANDON_WORKSPACES_ROOT: '/ws',
      HERMES_KANBAN_WORKSPACES_ROOT: '/ws',
      ANDON_PROFILE: 'coder',
      HERMES_PROFILE: 'coder',
      ANDON_BRIEF: '/b',
      ANDON_RUN_MARK: 'm',
      ANDON_RUN_TOKEN: 's',
    });
  });
  it('keeps the secret of an agent’s run out of it, and says that it is one', () => {
    const env = workerEnv({ ANDON_RUN_TOKEN: 'of another' }, { ...worker, token: null });
    expect(env).not.toHaveProperty('ANDON_RUN_TOKEN');
    expect(env).toMatchObject({ ANDON_AGENT_RUN: '1' });
  });
  it('keeps what it inherits, but nothing of another worker', () => {
    const inherited = {
      LANG: 'C',
      EMPTY: undefined,
      ANDON_BRANCH: 'b',
      HERMES_TENANT: 't',
      HERMES_KANBAN_TASK: 'o',
    };
    const env = workerEnv(inherited, worker);
    expect(env).toMatchObject({ LANG: 'C', HERMES_KANBAN_TASK: 't_1' });
    for (const name of ['ANDON_BRANCH', 'HERMES_TENANT', 'EMPTY']) expect(env).not.toHaveProperty(name);
  });
});

describe('the time that a tool call of a worker may take', () => {
  it('is raised to half a minute less than the worker itself has, and never lowered', () => {
    expect(raisedTimeouts({}, undefined)).toEqual({});
    expect(raisedTimeouts({ TERMINAL_TIMEOUT: '60' }, 90)).toEqual({ TERMINAL_MAX_FOREGROUND_TIMEOUT: '60' });
    expect(raisedTimeouts({ TERMINAL_TIMEOUT: 'x' }, 10)).toEqual({
      TERMINAL_TIMEOUT: '1',
      TERMINAL_MAX_FOREGROUND_TIMEOUT: '1',
    });
  });
});

describe('what marks git as a part of a run', () => {
  it('is the mark alone', () => expect(markedEnv('m')).toEqual({ ANDON_RUN_MARK: 'm' }));
});

describe('what a gateway that a worker starts is born with', () => {
  it('is everything but that worker, in both spellings', () => {
    const env = {
      LANG: 'C',
      ANDON_HOME: '/r',
      ANDON_TASK: 't_1',
      HERMES_KANBAN_TASK: 't_1',
      ANDON_RUN_MARK: 'm',
      ANDON_RUN_TOKEN: 's',
    };
    expect(withoutWorker(env)).toEqual({ LANG: 'C', ANDON_HOME: '/r' });
  });
});

describe('what a verb about boards themselves goes by', () => {
  it('is everything but the database that a dispatcher pinned, in both spellings', () => {
    const env = { LANG: 'C', ANDON_BOARD: 'b', ANDON_DB: '/db', HERMES_KANBAN_DB: '/db' };
    expect(withoutPins(env)).toEqual({ LANG: 'C', ANDON_BOARD: 'b' });
  });
});

describe('an agent', () => {
  it('is given no secret of the gateway but those that its profile names', () => {
    const env = {
      PATH: '/bin',
      ANTHROPIC_API_KEY: 'a',
      GH_TOKEN: 'b',
      aws_secret_access_key: 'c',
      PASSWORD: 'd',
      TOKENS: '5',
      MONKEY: 'e',
    };
    expect(withoutSecrets(env, ['GH_TOKEN'])).toEqual({
      PATH: '/bin',
      GH_TOKEN: 'b',
      TOKENS: '5',
      MONKEY: 'e',
    });
    expect(secretsIn({ ...env, EMPTY_TOKEN: '' })).toEqual(['a', 'b', 'c', 'd']);
  });
});
