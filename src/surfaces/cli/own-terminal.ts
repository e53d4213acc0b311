import { fstatSync, readFileSync, readlinkSync } from 'node:fs';
import type { TerminalAddress } from '../../services/terminal.ts';

/**
 * The terminal that a person types this command into, where the system tells its name (Linux): `undefined` in a pipe, a script
 * without one, and elsewhere.
 */
export async function ownTerminal(): Promise<TerminalAddress | undefined> {
  const tty = terminalName();
  const leader = tty === undefined ? undefined : sessionLeader();
  if (tty === undefined || leader === undefined) return undefined;
  const { quietWorld } = await import('./quiet-world.ts');
  const { processes, hostname } = quietWorld();
  const identity = await processes.identify(leader);
  return identity && { tty, host: hostname, leader: identity };
}

/** Both what is typed and what is printed are there, so that a person sees it. */
function terminalName(): string | undefined {
  try {
    if (![0, 1].every((descriptor) => fstatSync(descriptor).isCharacterDevice())) return undefined;
    const [typed, printed] = [0, 1].map((descriptor) => readlinkSync(`/proc/self/fd/${descriptor}`));
    return typed === printed && /^\/dev\/(?:pts\/\d+|tty[\w.-]+)$/.test(printed ?? '') ? printed : undefined;
  } catch {
    return undefined;
  }
}

/** It lives as long as the terminal does: usually the shell. */
function sessionLeader(): number | undefined {
  try {
    // Field 6; the name before it may hold anything.
    const [, , , session] = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(session) || undefined;
  } catch {
    return undefined;
  }
}
