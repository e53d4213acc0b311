import type { Millis, RunId } from './ids.ts';
import type { Metadata } from './task.ts';

/** How far a run was when it last said so: where the next attempt goes on. */
export interface Checkpoint {
  readonly run_id: RunId;
  readonly text: string;
  readonly data: Metadata | null;
  readonly at: Millis;
}

/** In characters, of the text and of the data as JSON: all of both stands in the next worker's brief. */
export const mostCheckpoint = 8192;
