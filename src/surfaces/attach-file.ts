import { rm } from 'node:fs/promises';
import { ok, type Result } from '../domain/errors.ts';
import type { BoardId, TaskId } from '../domain/ids.ts';
import type { Attachment } from '../domain/task.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { storeFile } from './stored-files.ts';

/** Types that a browser may be told; anything else, above all what may hold scripts, is plain bytes. */
const safeTypes = new Set([
  'application/pdf',
  'application/json',
  'application/zip',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/webp',
  'text/csv',
  'text/markdown',
  'text/plain',
]);

export const plainType = (given: string | null): string => {
  const [type = ''] = (given ?? '').toLowerCase().split(';');
  return safeTypes.has(type.trim()) ? type.trim() : 'application/octet-stream';
};

export interface Incoming {
  readonly task_id: TaskId;
  readonly filename: string;
  readonly content_type: string | null;
  readonly uploaded_by: string;
  readonly content: AsyncIterable<Uint8Array>;
  /** What it came by: the same key again attaches nothing more. */
  readonly key?: string | undefined;
}

/** Where files go: the board, its kernel, and the folder of its attachments. */
export interface FileDesk {
  readonly kernel: Kernel;
  readonly board: BoardId;
  readonly root: string;
}

/** Stores a file and notes it; whatever goes wrong, nothing of it stays. Throws `FileProblem` as `storeFile` does. */
export async function attachFile(desk: FileDesk, incoming: Incoming): Promise<Result<Attachment>> {
  const attached = await attachOnce(desk, incoming);
  return attached.ok ? ok(attached.value.attachment) : attached;
}

/** The same, and tells whether it was the first with its key. */
export async function attachOnce(
  { kernel, board, root }: FileDesk,
  incoming: Incoming,
): Promise<Result<{ readonly attachment: Attachment; readonly filename: string; readonly first: boolean }>> {
  const { task_id, filename, content_type, uploaded_by, content, key } = incoming;
  const known = await kernel.standing(board, { task_id });
  if (!known.ok) return known;
  const stored = await storeFile(root, task_id, filename, content);
  const noted = await kernel.attach(board, {
    task_id,
    filename: stored.filename,
    stored_path: stored.path,
    content_type: plainType(content_type),
    size: stored.size,
    uploaded_by,
    key,
  });
  const first = noted.ok && noted.value.stored_path === stored.path;
  if (!first) await rm(stored.path, { force: true });
  return noted.ok ? ok({ attachment: noted.value, filename: noted.value.filename, first }) : noted;
}
