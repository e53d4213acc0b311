import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Dialogue, DialogueRequest } from './world.ts';

/** Starts a child of this machine and talks with it line by line; see `Processes.converse`. */
export async function converse(request: DialogueRequest): Promise<Dialogue> {
  const [program, ...args] = request.command;
  const child = spawn(program, args, {
    cwd: request.cwd,
    env: { ...request.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const drained = Promise.all([
    tellLines(child.stdout, request.onLine),
    tellLines(child.stderr, request.onErrorLine),
  ]);
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  // It may close its input or end before it has read all of it.
  child.stdin.on('error', () => {});
  try {
    await once(child, 'spawn');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${program} cannot be started: ${why}.`, { cause });
  }
  return {
    write: (text) => void child.stdin.write(text),
    closeInput: () => void child.stdin.end(),
    signal: (signal) => signalGroup(child, signal),
    ended: exited.then(async (exit) => {
      // What it started may hold its output open for ever.
      await Promise.race([drained, pause(lastWords)]);
      return exit;
    }),
  };
}

/** How long the last lines of a child that has ended may take, in milliseconds. */
const lastWords = 1000;

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of it is left.
  }
}

/** Characters of a line that is still told. */
const longestLine = 8 * 1024 * 1024;

/** Tells the lines of a stream; resolves at its end. */
async function tellLines(stream: Readable, tell: (line: string) => void): Promise<void> {
  let rest = '';
  let skipping = false;
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!skipping) tell(line);
      skipping = false;
    }
    if (rest.length <= longestLine) return;
    rest = '';
    skipping = true;
  });
  await new Promise<void>((resolve) => stream.once('close', resolve).once('error', () => resolve()));
  if (rest !== '' && !skipping) tell(rest);
}
