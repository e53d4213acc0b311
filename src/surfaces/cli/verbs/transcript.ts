import { statSync } from 'node:fs';
import { join } from 'node:path';
import { asRunId } from '../../../domain/ids.ts';
import { transcriptFile } from '../../../services/agents/transcript.ts';
import { visible } from '../../render.ts';
import { Failure, granted } from '../failure.ts';
import { followFile, readFrom } from '../growing-file.ts';
import { onBoard } from '../on-board.ts';
import { wholeNumber } from '../options.ts';
import { say, sayRaw } from '../output.ts';
import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('transcript')
    .description('print what the agent of a run said and did')
    .argument('<run>', 'the run, by its number in `andon runs`', wholeNumber(1))
    .option('--follow', 'go on while the agent works; Ctrl-C ends it')
    .option('--json', 'print JSON, one object per line')
    .action((run, { follow, json }) =>
      onBoard(program, async ({ kernel, board }) => {
        const { process, task_id } = granted(await kernel.run(board, { run_id: asRunId(run) }));
        const path = process === null ? undefined : join(process.dir, transcriptFile);
        if (path === undefined || statSync(path, { throwIfNoEntry: false }) === undefined) {
          throw new Failure(
            `Run ${run} has no transcript here: only agents have one (\`driver:\` in the profile); \`andon log ${task_id}\` prints what any worker printed.`,
          );
        }
        const tell = json ? sayRaw : (text: string) => say(readable(text));
        const lines = wholeLinesOnly(tell);
        const piece = readFrom(path, 0);
        lines(piece.bytes);
        if (follow) await followFile(path, piece, lines);
      }),
    );
}

/** Tells the text of bytes up to the last line end, and the rest with what comes next. */
function wholeLinesOnly(tell: (text: string) => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (bytes) => {
    const all = Buffer.concat([rest, bytes]);
    const end = all.lastIndexOf(0x0a) + 1;
    rest = all.subarray(end);
    if (end > 0) tell(all.subarray(0, end).toString());
  };
}

const readable = (text: string): string => text.trimEnd().split('\n').map(lineOf).join('\n');

/** `12:04:09  tool       kanban_show started {}` */
function lineOf(line: string): string {
  const { at, type, ...told } = parsed(line);
  if (typeof at !== 'number') return visible(line);
  const time = new Date(at).toTimeString().slice(0, 8);
  const words = ['name', 'tool', 'stage', 'kind', 'reason', 'model', 'path', 'message', 'text', 'id']
    .filter((key) => key !== 'id' || type === 'session')
    .flatMap((key) => (told[key] === undefined ? [] : [String(told[key])]));
  const spent = type === 'usage' ? [JSON.stringify({ ...told, scope: undefined })] : [];
  return visible(`${time}  ${String(type).padEnd(10)} ${[...words, ...spent].join(' ').trim()}`);
}

function parsed(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
