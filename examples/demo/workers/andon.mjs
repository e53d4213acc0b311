/** What every worker has: the environment it was started with, the brief in a file, and the `andon` command. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export const task = process.env.ANDON_TASK;
export const workspace = process.env.ANDON_WORKSPACE;
/** The repository that the demo counts; the profile's `env` says it. */
export const repository = process.env.DEMO_REPOSITORY;

/** Runs one `andon` command and gives what it printed; a refusal ends this worker with the command's own sentence. */
export function andon(...args) {
  return execFileSync('andon', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The value of a line `Name: value` in the brief, which holds the task's body. */
export function fromBrief(name) {
  const brief = readFileSync(process.env.ANDON_BRIEF, 'utf8');
  const line = brief.split('\n').find((text) => text.startsWith(`${name}: `));
  if (line === undefined) throw new Error(`The brief ${process.env.ANDON_BRIEF} has no line "${name}: …".`);
  return line.slice(name.length + 2).trim();
}

/** `1 file`, `2 files`. */
export const amount = (count, thing) => `${count} ${thing}${count === 1 ? '' : 's'}`;
