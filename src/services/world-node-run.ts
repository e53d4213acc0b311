import { spawn } from 'node:child_process';
import type { Ran, RunRequest } from './world.ts';

/** What is kept of each stream, in characters: a list of changed files is whole, or nothing is saved by it. */
const longestOutput = 64 * 1024 * 1024;

/** See `Processes.run`. It has a session of its own, so that it can be killed with all that it has started. */
export function runToEnd(request: RunRequest): Promise<Ran> {
  const { cwd, timeout, signal } = request;
  const [program, ...args] = request.command;
  const env = { ...request.env };
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => {
    try {
      // Its group, which it leads; once it has ended that number may be somebody else's.
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
    // Whoever else has its output open is not waited for.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const timer = setTimeout(kill, timeout);
  signal?.addEventListener('abort', kill, { once: true });
  const said = { out: '', err: '' };
  for (const [name, stream] of [['out', child.stdout] as const, ['err', child.stderr] as const]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      if (said[name].length < longestOutput) said[name] += text;
    });
  }
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error(`${program} cannot be started: ${cause.message}.`, { cause })),
    );
    child.once('close', (code) => resolve({ code, ...said }));
  });
  return ended.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
  });
}
