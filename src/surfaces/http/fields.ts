import { asRunId } from '../../domain/ids.ts';
import { integer, limitUpTo, positive, record, taskId } from '../contract.ts';

/** Fields that many routes have. */

/** One task, as the address names it. */
export const oneTask = record({ task_id: taskId });
export const oneRun = record({ run_id: positive.transform(asRunId) });
export const runNumber = positive.transform(asRunId);

/** How long a page is. */
export const pageLimit = (usual: number, most: number) =>
  limitUpTo(most)
    .default(usual)
    .openapi({ description: `At most ${most}; ${usual} unless said.` });

/** A page that goes back from the newest: those before this id. */
export const before = integer(1).optional().openapi({ description: '`next` of the page before.' });
