import { constants } from 'node:fs';
import { type FileHandle, link, mkdir, open, realpath, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/**
 * Files of tasks, in streams and never whole in memory. Their folders are open to workers, so nothing in them is trusted: no
 * symbolic link is followed, and what is served lies inside the folder that it should.
 */

export const mostUpload = 25 * 1024 * 1024;
const longestName = 200;

/** The last part of a name, free of what a file system or a terminal might take amiss (contract §10). */
export function safeName(given: string): string {
  const last = given.split(/[/\\]/).at(-1) ?? '';
  const clean = last
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
    .trim()
    .replace(/^[.\s]+/, '');
  const dot = clean.lastIndexOf('.');
  const ending = dot > 0 && clean.length - dot <= 20 ? clean.slice(dot) : '';
  const stem = ending === '' ? clean : clean.slice(0, dot);
  return cut(stem, longestName - Buffer.byteLength(ending)) + ending || 'file';
}

/** The beginning of a text in so many bytes of UTF-8. */
function cut(text: string, most: number): string {
  let size = 0;
  let kept = '';
  for (const sign of text) {
    size += Buffer.byteLength(sign);
    if (size > most) break;
    kept += sign;
  }
  return kept;
}

/** Why a file is not stored, as a code of HTTP and one sentence. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem';
  readonly code: 'too_large' | 'invalid_input' | 'forbidden';

  constructor(code: FileProblem['code'], sentence: string) {
    super(sentence);
    this.code = code;
  }
}

export const tooLargeSentence = `An attachment has at most ${mostUpload} bytes.`;

export interface Stored {
  readonly path: string;
  readonly filename: string;
  readonly size: number;
}

/**
 * Stores a stream as a file of a task, under a name that none of its files has. Throws `FileProblem` past the limit, and leaves
 * nothing behind then, nor when the client goes away.
 */
export async function storeFile(
  root: string,
  task: string,
  filename: string,
  content: AsyncIterable<Uint8Array>,
): Promise<Stored> {
  const folder = await taskFolder(root, task);
  const draft = join(folder, `.upload-${crypto.randomUUID()}`);
  const file = await open(draft, 'wx', 0o600);
  try {
    let size = 0;
    try {
      for await (const chunk of content) {
        size += chunk.byteLength;
        if (size > mostUpload) throw new FileProblem('too_large', tooLargeSentence);
        await file.write(chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    return { ...(await publish(draft, folder, safeName(filename))), size };
  } finally {
    await rm(draft, { force: true });
  }
}

async function taskFolder(root: string, task: string): Promise<string> {
  if (!/^\w[\w.-]*$/.test(task)) throw new FileProblem('invalid_input', `${task} cannot name a folder.`);
  await mkdir(join(root, task), { recursive: true });
  const folder = join(await realpath(root), task);
  if ((await realpath(folder)) === folder) return folder;
  throw new FileProblem(
    'forbidden',
    `The attachments of ${task} lie behind a link, so nothing is stored there.`,
  );
}

/** Gives a draft its name: `plan.pdf`, or `plan (1).pdf` when there is one. */
async function publish(draft: string, folder: string, name: string): Promise<Omit<Stored, 'size'>> {
  const dot = name.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let number = 0; ; number += 1) {
    const filename = number === 0 ? name : `${stem} (${number})${ending}`;
    const path = join(folder, filename);
    try {
      await link(draft, path);
      return { path, filename };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

/** Opens a regular file that really lies inside `root`; nothing when it does not, or is none. */
export async function openInside(root: string, path: string): Promise<FileHandle | undefined> {
  try {
    const [realRoot, real] = [await realpath(root), await realpath(path)];
    const way = relative(realRoot, real);
    if (way === '' || way === '..' || way.startsWith(`..${sep}`) || !samePath(path, real)) return undefined;
    const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'ENXIO'].includes(String(error.code))) throw error;
  }
  return undefined;
}

/** No link stands between the last folder and the file: it is called what it is. */
const samePath = (path: string, real: string): boolean => path.split(sep).at(-1) === real.split(sep).at(-1);

/** The whole file as a stream, which closes it. */
export const streamOf = (file: FileHandle): ReadableStream => file.readableWebStream({ autoClose: true });

export interface Slice {
  readonly size: number;
  readonly offset: number;
  /** Where the next slice begins. */
  readonly next_offset: number;
  readonly content: string;
}

/**
 * A piece of a text file by its place in bytes; a piece that would end inside a character ends before it. An offset below 0
 * counts from the end, and begins at the beginning of a line there.
 */
export async function readSlice(file: FileHandle, offset: number, limit: number): Promise<Slice> {
  const { size } = await file.stat();
  const start = Math.min(size, offset < 0 ? Math.max(0, size + offset) : offset);
  const bytes = Buffer.alloc(Math.min(limit, size - start));
  const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
  let from = 0;
  if (offset < 0 && start > 0) {
    const line = bytes.indexOf('\n') + 1;
    from = line === bytesRead ? 0 : line;
  }
  const to = start + bytesRead === size ? bytesRead : wholeCharacters(bytes, bytesRead);
  return {
    size,
    offset: start + from,
    next_offset: start + to,
    content: bytes.subarray(from, to).toString('utf8'),
  };
}

/** How many of the first `length` bytes end with a whole character. */
function wholeCharacters(bytes: Buffer, length: number): number {
  let start = length - 1;
  while (start > 0 && length - start < 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  const lead = bytes[start] ?? 0;
  const wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start + wanted > length && start > 0 ? start : length;
}
