import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Acts, Answer, Request } from './board-process.ts';

export interface AnotherProcess {
  readonly pid: number;
  /** Asks it to do something, and gives its answer. */
  ask<Act extends keyof Acts>(
    act: Act,
    ...args: Parameters<Acts[Act]>
  ): Promise<Awaited<ReturnType<Acts[Act]>>>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when it has ended, with its exit code or signal. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/**
 * Permissions count for it, although the tests may run as root: without these two capabilities `chmod` is obeyed
 * (an ordinary user has none to drop).
 */
export const withoutPrivileges: readonly string[] =
  process.getuid?.() === 0
    ? [
        'setpriv',
        '--bounding-set=-dac_override,-dac_read_search',
        '--inh-caps=-dac_override,-dac_read_search',
      ]
    : [];

/** A real process on the same files, started through `launcher`; killed when the test ends. */
export function anotherProcess(launcher: readonly string[] = []): AnotherProcess {
  const script = join(import.meta.dirname, 'board-process.ts');
  const [program = '', ...args] = [...launcher, process.execPath, script];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = Promise.withResolvers<number | NodeJS.Signals | null>();
  child.once('exit', (code, signal) => ended.resolve(signal ?? code));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended.promise;
  });

  let last = 0;
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  child.on('message', ({ id, value, fault }: Answer) => {
    const question = waiting.get(id);
    if (fault === undefined) question?.resolve(value);
    else question?.reject(new Error(fault));
  });
  child.once('exit', () => {
    for (const question of waiting.values()) question.reject(new Error('The other process has ended.'));
  });

  return {
    pid: child.pid ?? 0,
    ended: ended.promise,
    kill: (signal) => void child.kill(signal),
    ask<Act extends keyof Acts>(act: Act, ...args: Parameters<Acts[Act]>) {
      last += 1;
      const question = Promise.withResolvers<Awaited<ReturnType<Acts[Act]>>>();
      waiting.set(last, question as PromiseWithResolvers<unknown>);
      child.send({ id: last, act, args } satisfies Request);
      return question.promise;
    },
  };
}
