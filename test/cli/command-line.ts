import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

const andon = join(import.meta.dirname, '..', '..', 'bin', 'andon');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A home of its own for a test, and the real command on it. */
export interface Place {
  readonly home: string;
  /** Runs one command to its end. */
  run(...args: readonly string[]): Promise<Ended>;
  /** The same with more in the environment. */
  runWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended>;
  /** Runs a command that must succeed, and parses its output. */
  json(...args: readonly string[]): Promise<unknown>;
  /** Makes a task and gives its id. */
  create(...args: readonly string[]): Promise<string>;
  start(...args: readonly string[]): ChildProcessWithoutNullStreams;
  /** Writes a file below the home. */
  write(path: string, text: string): void;
}

const base = mkdtempSync(join(tmpdir(), 'andon-cli-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let places = 0;

export function place(): Place {
  places += 1;
  const home = join(base, String(places), 'home');
  // Nothing of the machine but PATH: neither its home nor the identity of a worker that runs these tests.
  const env = { PATH: process.env['PATH'] ?? '', HOME: base, ANDON_HOME: home, TZ: 'UTC' };
  const launch = (more: Readonly<Record<string, string>>, args: readonly string[]) =>
    spawn(andon, args, { cwd: base, env: { ...env, ...more } });
  const runWith = (more: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    ended(launch(more, args));
  const json = async (...args: readonly string[]): Promise<unknown> => {
    const { code, out, err } = await runWith({}, ...args);
    if (code !== 0) throw new Error(`andon ${args.join(' ')} ended with ${code}: ${err}`);
    return JSON.parse(out);
  };
  return {
    home,
    run: (...args) => runWith({}, ...args),
    runWith,
    json,
    create: async (...args) => {
      const { out, err } = await runWith({}, 'create', ...args);
      const id = /^Created (\S+) {2}\(/.exec(out)?.[1];
      if (id === undefined) throw new Error(`No task was created: ${out}${err}`);
      return id;
    },
    start: (...args) => launch({}, args),
    write: (path, text) => {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), text);
    },
  };
}

export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let out = '';
  let err = '';
  child.stdin.end();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, out, err }));
  });
}
