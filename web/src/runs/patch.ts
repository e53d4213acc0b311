/** A patch, as `git diff` writes it, taken apart into files and lines. No browser in here. */

export interface PatchLine {
  readonly kind: 'same' | 'added' | 'removed' | 'hunk';
  readonly text: string;
  /** Where it stands before and after; null where it does not. */
  readonly before: number | null;
  readonly after: number | null;
}

export interface PatchFile {
  readonly path: string;
  readonly change: 'added' | 'deleted' | 'changed';
  readonly binary: boolean;
  readonly added: number;
  readonly removed: number;
  readonly lines: readonly PatchLine[];
}

/** The name behind `+++ b/`, which git writes in quotes when there is something odd in it. */
function nameIn(line: string): string | undefined {
  const [, quoted, plain] = /^(?:---|\+\+\+) (?:"[ab]\/(.*)"|[ab]\/(.*?)\t?)$/.exec(line) ?? [];
  return quoted ?? plain;
}

function linesOf(body: readonly string[]): PatchLine[] {
  const lines: PatchLine[] = [];
  let before = 0;
  let after = 0;
  for (const text of body) {
    const [, from, to] = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(text) ?? [];
    const rest = text.slice(1);
    if (from !== undefined && to !== undefined) {
      before = Number(from);
      after = Number(to);
      lines.push({ kind: 'hunk', text, before: null, after: null });
    } else if (text.startsWith('+')) lines.push({ kind: 'added', text: rest, before: null, after: after++ });
    else if (text.startsWith('-')) lines.push({ kind: 'removed', text: rest, before: before++, after: null });
    else if (text.startsWith(' ')) lines.push({ kind: 'same', text: rest, before: before++, after: after++ });
  }
  return lines;
}

function fileOf(part: string): PatchFile {
  const all = part.split('\n');
  const hunks = all.findIndex((line) => line.startsWith('@@ '));
  const head = hunks < 0 ? all : all.slice(0, hunks);
  const names = head.filter((line) => /^(?:---|\+\+\+) /.test(line)).map(nameIn);
  const [, called = ''] = / b\/(.*)$/.exec(all[0] ?? '') ?? [];
  const lines = hunks < 0 ? [] : linesOf(all.slice(hunks));
  const told = (sign: string): boolean => head.some((line) => line.startsWith(sign));
  return {
    path: names.findLast((name) => name !== undefined) ?? called,
    change: told('new file') ? 'added' : told('deleted file') ? 'deleted' : 'changed',
    binary: told('Binary files'),
    added: lines.filter(({ kind }) => kind === 'added').length,
    removed: lines.filter(({ kind }) => kind === 'removed').length,
    lines,
  };
}

export const filesOf = (patch: string): PatchFile[] =>
  patch
    .split(/^diff --git /m)
    .slice(1)
    .map(fileOf);

/** Something to say about a line. */
export interface Remark {
  readonly path: string;
  readonly line: number;
  readonly side: 'before' | 'after';
  readonly code: string;
  readonly text: string;
}

/** All remarks as one comment: the agent that works next reads it with its brief. */
export const commentOf = (remarks: readonly Remark[]): string =>
  remarks
    .map(({ path, line, side, code, text }) => {
      const gone = side === 'before' ? ' (removed line)' : '';
      return `\`${path}:${line}\`${gone}\n\`\`\`\n${code.replaceAll('```', "'''")}\n\`\`\`\n${text.trim()}`;
    })
    .join('\n\n');
