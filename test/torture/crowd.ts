import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Role } from './crowd-process.ts';

export interface Member {
  /** What it was acknowledged so far. */
  readonly created: readonly string[];
  readonly done: readonly string[];
  readonly faults: readonly string[];
  readonly rawReads: number;
  /** Resolves at its first acknowledged write. */
  readonly busy: Promise<void>;
  /** Resolves when it has ended and everything it said was heard; gives its signal, if one ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
  kill(): void;
}

/** A real process that works on the board at this path or address (see `crowd-process.ts`). */
export function member(
  address: string,
  role: Role,
  milliseconds: number,
  env: Readonly<Record<string, string>> = {},
): Member {
  const script = join(import.meta.dirname, 'crowd-process.ts');
  const child = spawn(process.execPath, [script, address, role, String(milliseconds)], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { created: [] as string[], done: [] as string[], faults: [] as string[], rawReads: 0 };
  const { promise: busy, resolve: isBusy } = Promise.withResolvers<void>();
  const { promise: ended, resolve: hasEnded } = Promise.withResolvers<NodeJS.Signals | null>();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [kind, ...words] = line.split(' ');
      if (kind === 'created' || kind === 'done') said[kind].push(words.join(' '));
      else if (kind === 'raw') said.rawReads += 1;
      else said.faults.push(words.join(' '));
      isBusy();
    }
  });
  child.once('close', (_code, signal) => {
    isBusy();
    hasEnded(signal);
  });
  return {
    ...said,
    get rawReads() {
      return said.rawReads;
    },
    busy,
    ended,
    kill: () => void child.kill('SIGKILL'),
  };
}
