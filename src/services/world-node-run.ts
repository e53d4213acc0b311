import { spawn } from 'node:child_process';
import type { Ran, RunRequest } from './world.ts';

/** What is kept of each stream, in characters. */
const longestOutput = 1024 * 1024;

/** See `Processes.run`. It has a session of its own, so that it can be killed with all that it has started. */
export function runToEnd({ command: [program, ...args], env, timeout, signal }: RunRequest): Promise<Ran> {
  const child = spawn(program, args, { env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  };
  const timer = setTimeout(kill, timeout);
  signal?.addEventListener('abort', kill, { once: true });
  const said = { out: '', err: '' };
  for (const [name, stream] of [['out', child.stdout] as const, ['err', child.stderr] as const]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said[name] = `${said[name]}${text}`.slice(0, longestOutput);
    });
  }
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error(`${program} cannot be run: ${cause.message}.`, { cause })),
    );
    child.once('close', (code) => resolve({ code, ...said }));
  });
  return ended.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
  });
}
