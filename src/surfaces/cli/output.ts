import { fstatSync, writeSync } from 'node:fs';
import type { Paint, Style } from '../render.ts';

/**
 * Text goes straight to the descriptors: `process.stdout` loads the network and terminal modules, 3 ms of a start that
 * has 6 to spend.
 */
function write(descriptor: 1 | 2, text: string | Uint8Array): void {
  let rest = typeof text === 'string' ? Buffer.from(text) : text;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // The reader has left (`andon list | head -1`): nobody is there to be told.
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') throw error;
      // A pipe that its owner made non-blocking is full.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** Writes to standard output, with a line end. */
export const say = (text: string): void => write(1, `${text}\n`);

/** Writes to standard output as it is. */
export const sayRaw = (text: string): void => write(1, text);

/** Writes bytes to standard output as they are: a log may be cut inside a character. */
export const sayBytes = (bytes: Uint8Array): void => write(1, bytes);

/** Writes to standard error, with a line end. */
export const warn = (text: string): void => write(2, `${text}\n`);

/** Writes to standard error as it is. */
export const warnRaw = (text: string): void => write(2, text);

/** JSON as contract §8.1 wants it: indented by two, non-ASCII kept. */
export const sayJson = (value: unknown): void => say(JSON.stringify(value, null, 2));

const codes = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  cyan: 36,
} as const satisfies Record<Style, number>;

/** Colour for a person at a terminal; NO_COLOR and TERM=dumb turn it off. (`/dev/null` passes for one: nobody looks.) */
export function terminalPaint(env: Readonly<Record<string, string | undefined>>): Paint {
  const colour = !env['NO_COLOR'] && env['TERM'] !== 'dumb' && fstatSync(1).isCharacterDevice();
  return colour ? (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m` : (_, text) => text;
}
