import type { TaskId } from '../../domain/ids.ts';
import { boardName } from './driver.ts';

/** What an agent is told: how a worker behaves (contract §5.17), then its task. */

const protocol = (task: TaskId): string =>
  `You are a worker on a task board. Your task is ${task}; its brief is below.

- The tools of the MCP server \`${boardName}\` (kanban_show, kanban_comment, kanban_heartbeat, kanban_checkpoint, kanban_complete, kanban_block, …) are how you take part. Only what you tell the board with them counts: nobody reads your last message.
- Look at the task first: kanban_show.
- Stay in the folder you were started in. Do this task and no more; for what else you find, make a follow-up task with kanban_create.
- In long work say how far you are with kanban_checkpoint: whoever goes on after you starts from there.
- When the work is done, call kanban_complete with a summary of what you did and what the next worker has to know.
- When only a person can decide, call kanban_block with your question and the kind needs_input, then end your turn. Ask nobody in any other way.
- When something else keeps you from going on, call kanban_block with the reason and the kind that fits.
- Do not end your turn before you have called one of kanban_complete, kanban_block or kanban_request_review.`;

/** Words that an agent gets as if they stood in its instructions. */
export interface SkillText {
  readonly name: string;
  readonly path: string;
  /** Absent when the agent reads skills from its own folder. */
  readonly text?: string;
}

export const firstPrompt = (task: TaskId, brief: string, skills: readonly SkillText[]): string =>
  [protocol(task), skillsPart(skills), brief].filter((part) => part !== '').join('\n\n');

/** For a session that goes on: it knows what it did, and not what has happened since. */
export const resumedPrompt = (task: TaskId, brief: string): string =>
  `Your work on the task ${task} goes on: it was interrupted, or what it waited for has come. The rules of the board still hold, and what it says of the task now is below. Look at what you have done already before you go on.\n\n${brief}`;

export const nudge = (task: TaskId): string =>
  `Your turn has ended, and the board has heard nothing of the task ${task}. If the work is done, call kanban_complete with a summary. If you cannot go on, call kanban_block with the reason. If there is more to do, do it now, then tell the board.`;

/** For a task that is worked on until it is done. */
export const goOn = (task: TaskId, turn: number, most: number): string =>
  `The task ${task} is not done yet (turn ${turn} of ${most}). Compare what is asked with what is there, do what is missing, then call kanban_complete; if it cannot be done, call kanban_block with the reason.`;

function skillsPart(skills: readonly SkillText[]): string {
  if (skills.length === 0) return '';
  const lines = skills.map(({ name, path, text }) =>
    text === undefined ? `- ${name}` : `### ${name} (${path})\n\n${text.trim()}`,
  );
  return ['## Skills', '', 'Use these for the work:', '', ...lines].join('\n');
}
