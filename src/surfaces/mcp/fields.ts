import { boardId, taskId } from '../contract.ts';

/** Arguments that many tools have. */

export const board = boardId.optional().describe('Another board; your own when left out.');
export const oneTask = taskId.describe('The id of the task, such as t_1a2b3c4d.');
export const ownTaskId = taskId.optional().describe('The id of the task; your own when left out.');
