import { basename, isAbsolute, resolve, sep } from 'node:path';
import type { DueDelivery } from '../domain/view.ts';
import type { World } from './world.ts';

/** A file that goes with a message. */
export interface Artifact {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a way of reaching people carries: bytes of one file, bytes in all, and files. */
export interface ArtifactLimits {
  readonly bytes: number;
  readonly total?: number;
  readonly files: number;
}

/**
 * The files that a completion names (contract §7.4), and the names of those that are too large or too many; none for
 * anything else. Only those inside the task's own workspace are sent: a worker names any path it likes, and a chat is
 * outside.
 */
export async function artifactsOf(
  { files }: World,
  delivery: DueDelivery,
  most: ArtifactLimits,
): Promise<{ readonly files: readonly Artifact[]; readonly left: readonly string[] }> {
  const isTold = delivery.event.kind === 'completed' && delivery.reminder === 0;
  const workspace = isTold && delivery.workspace_path && (await files.realPath(delivery.workspace_path));
  if (!workspace) return { files: [], left: [] };
  const found = new Map<string, Artifact>();
  const left = new Map<string, string>();
  let total = 0;
  for (const candidate of candidatesOf(delivery)) {
    const path = await files.realPath(isAbsolute(candidate) ? candidate : resolve(workspace, candidate));
    if (path === undefined || !path.startsWith(workspace + sep) || found.has(path)) continue;
    const size = await files.size(path);
    if (size === undefined || size === 0) continue;
    const isOver = size > most.bytes || total + size > (most.total ?? Number.POSITIVE_INFINITY);
    if (isOver || found.size === most.files) left.set(path, basename(path));
    else {
      total += size;
      found.set(path, { name: basename(path), bytes: await files.readBytes(path) });
    }
  }
  return { files: [...found.values()], left: [...left.values()] };
}

function candidatesOf({ event, result }: DueDelivery): string[] {
  const { artifacts, summary } = event.payload ?? {};
  const named = Array.isArray(artifacts) ? artifacts.filter((each) => typeof each === 'string') : [];
  const words = `${typeof summary === 'string' ? summary : ''} ${result ?? ''}`;
  const mentioned = words.match(/(?<![^\s"'`(])\/[^\s"'`)]+/g) ?? [];
  return [...named, ...mentioned.map((path) => path.replace(/[.,;:!?]+$/, ''))];
}
