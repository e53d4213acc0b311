import type { Result } from '../../domain/errors.ts';
import { asTaskId, type BoardId, type TaskId, taskIdInProse } from '../../domain/ids.ts';
import type { World } from '../world.ts';
import type { Spoken, SpokenFile } from './platform.ts';

/** A file of a chat on its way to a task. */
export interface Attaching {
  readonly task_id: TaskId;
  readonly filename: string;
  readonly content_type: string | null;
  readonly uploaded_by: string;
  /** The same whenever the file is heard of again: it is attached once. */
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** Stores a file under a safe name and notes it; gives that name, and whether it was not there before. */
export type Attach = (
  board: BoardId,
  file: Attaching,
) => Promise<Result<{ readonly filename: string; readonly first: boolean }>>;

/** As many bytes as an attachment may have. */
const mostBytes = 25 * 1024 * 1024;

/** The task that a message of ours is about, when it is about one alone. */
export function taskIn(text: string | null): TaskId | undefined {
  const ids = new Set(text?.match(taskIdInProse) ?? []);
  const [id] = ids;
  return id === undefined || ids.size > 1 ? undefined : asTaskId(id);
}

/** What became of the files, in one line each; `fresh` when one of them was not attached before. */
export interface AttachedAll {
  readonly words: string;
  readonly fresh: boolean;
}

/** Attaches what was sent; never throws for a file that cannot be had. */
export async function attachAll(
  world: Pick<World, 'log'>,
  attach: Attach,
  { files = [], user, place }: Spoken,
  to: { readonly board: BoardId; readonly task_id: TaskId },
): Promise<AttachedAll> {
  const lines: string[] = [];
  let fresh = false;
  for (const file of files) {
    const one = await attachOne(world, attach, file, { ...to, by: `${user.name} (${place.platform})` });
    if (one.ok) {
      fresh ||= one.first;
      lines.push(`📎 ${one.filename} is attached to ${to.task_id}`);
    } else lines.push(`⚠ ${file.name} was not attached: ${one.why}`);
  }
  return { words: lines.join('\n'), fresh };
}

async function attachOne(
  world: Pick<World, 'log'>,
  attach: Attach,
  file: SpokenFile,
  { board, task_id, by }: { readonly board: BoardId; readonly task_id: TaskId; readonly by: string },
): Promise<
  | { readonly ok: true; readonly filename: string; readonly first: boolean }
  | { readonly ok: false; readonly why: string }
> {
  if ((file.size ?? 0) > mostBytes) return { ok: false, why: 'it is larger than 25 MiB.' };
  try {
    const bytes = await file.content(mostBytes);
    const { id: key, name: filename, type: content_type } = file;
    const attached = await attach(board, { task_id, filename, content_type, uploaded_by: by, key, bytes });
    return attached.ok ? { ok: true, ...attached.value } : { ok: false, why: attached.refusal.sentence };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    world.log.warn('A file of a chat was not attached.', { board, task: task_id, error: why });
    return { ok: false, why };
  }
}
