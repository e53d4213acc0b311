import { z } from 'zod';
import { asRunId, asTaskId, type BoardId, parseBoardId, type RunId, type TaskId } from '../../domain/ids.ts';
import { lanes } from '../../domain/task.ts';

/**
 * What an agent's runner is told, as a file of the run's own folder that the user alone may read. It holds what the
 * environment must not: every shell of the agent would have it too.
 */
export interface RunOrder {
  readonly board: BoardId;
  readonly task_id: TaskId;
  readonly run_id: RunId;
  readonly lane: (typeof lanes)[number];
  readonly profile: string;
  /** The run's own folder. */
  readonly dir: string;
  readonly brief: string;
  readonly workspace: string;
  /** The folder that the attempts of this profile at this task share. */
  readonly home: string;
  /** The run's secret. */
  readonly token: string;
  readonly provider: { readonly url: string; readonly key: string } | null;
}

const board = z.string().transform((text, context) => {
  const id = parseBoardId(text);
  if (id !== undefined) return id;
  context.issues.push({ code: 'custom', message: 'a board', input: text });
  return z.NEVER;
});

const schema = z.strictObject({
  board,
  task_id: z.string().transform(asTaskId),
  run_id: z.int().transform(asRunId),
  lane: z.enum(lanes),
  profile: z.string(),
  dir: z.string(),
  brief: z.string(),
  workspace: z.string(),
  home: z.string(),
  token: z.string(),
  provider: z.strictObject({ url: z.string(), key: z.string() }).nullable(),
});

/** Throws when the text is no such order. */
export const readRunOrder = (text: string): RunOrder => schema.parse(JSON.parse(text));
