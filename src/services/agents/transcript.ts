import type { World } from '../world.ts';
import type { AgentEvent } from './events.ts';

/**
 * What an agent says and does, kept as lines of JSON in the run's own folder: `{at, …event}` with `at` in milliseconds since
 * 1970. Texts are cut, secrets are blotted out, and the file ends at a size: then only how the run ended is added.
 */
export interface Transcript {
  add(event: AgentEvent): void;
  /** Resolves when all is on disk. */
  flush(): Promise<void>;
}

/** The file's name in the folder of its run. */
export const transcriptFile = 'transcript.jsonl';

const longestText = 16_384;
const largestFile = 8 * 1024 * 1024;

export function createTranscript(
  world: Pick<World, 'files' | 'now' | 'log'>,
  path: string,
  hide: (text: string) => string,
): Transcript {
  let [size, waiting, writing] = [0, '', Promise.resolve()];
  const write = async (): Promise<void> => {
    const text = waiting;
    waiting = '';
    if (text === '') return;
    try {
      await world.files.append(path, text);
    } catch (error) {
      world.log.warn('A line of a transcript is lost.', { path, error });
    }
  };
  const put = (line: string): void => {
    size += line.length;
    waiting += line;
    writing = writing.then(write);
  };
  return {
    add: (event) => {
      const line = `${JSON.stringify({ at: world.now(), ...cut(event) })}\n`;
      if (size <= largestFile) {
        put(hide(line));
        if (size > largestFile) put(`${JSON.stringify({ at: world.now(), type: 'cut' })}\n`);
      } else if (event.type === 'end' || event.type === 'limit' || event.type === 'error') put(hide(line));
    },
    flush: () => writing,
  };
}

const cut = (event: AgentEvent): AgentEvent =>
  'text' in event ? { ...event, text: clip(event.text) } : event;

const clip = (text: string): string =>
  text.length <= longestText
    ? text
    : `${text.slice(0, longestText)}… (${text.length - longestText} characters left out)`;

/** Tokens of well-known forms, whoever gave them to the agent. */
const knownForms =
  /\b(?:sk-[\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|xox[abprs]-[\w-]{10,}|AKIA[A-Z0-9]{16}|AIza[\w-]{30,}|glpat-[\w-]{16,})|\b[Bb]earer [\w.~+/-]{16,}=*/g;

/** Blots out the given secrets and what looks like one. A short one would blot out common words, and is none. */
export function hiding(secrets: readonly string[]): (text: string) => string {
  // In a line of JSON a secret stands in its escaped form.
  const all = [...new Set(secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]))];
  const given = all.filter((secret) => secret.length >= 8).sort((a, b) => b.length - a.length);
  return (text) =>
    given
      .reduce((left, secret) => left.replaceAll(secret, '[secret]'), text)
      .replaceAll(knownForms, '[secret]');
}
