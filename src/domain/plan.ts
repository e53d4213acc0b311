import type { RefusalCode } from './errors.ts';
import type { ProfileName, TaskId } from './ids.ts';

/** How a rough card becomes work: specified in better words, decomposed into a graph, or laid out as a swarm. */

/** Contract §4.11. What is not given stays as it is; an assignee is taken only where there is none. */
export interface SpecifyTask {
  readonly task_id: TaskId;
  readonly title?: string | undefined;
  readonly body?: string | undefined;
  readonly assignee?: ProfileName | undefined;
  /** Whose name stands under the comment that tells what was changed; without it there is none. */
  readonly author?: string | undefined;
}

export interface PlannedTask {
  readonly title: string;
  readonly body?: string | undefined;
  readonly assignee: ProfileName | null;
  /** Places in the plan, counted from 0, of the tasks that come first. */
  readonly parents: readonly number[];
}

/** Contract §4.11. */
export interface DecomposeTask {
  readonly task_id: TaskId;
  readonly tasks: readonly PlannedTask[];
  /** Who puts the results together; `null` leaves that as it is. */
  readonly root_assignee: ProfileName | null;
  /** Otherwise the first tasks of the plan wait, blocked, until somebody lets them go. */
  readonly auto_promote: boolean;
  readonly author?: string | undefined;
}

/** Contract §4.15. */
export interface CreateSwarm {
  readonly goal: string;
  readonly workers: readonly SwarmWorker[];
  readonly verifier: ProfileName;
  readonly synthesizer: ProfileName;
  readonly tenant?: string | undefined;
  readonly priority?: number | undefined;
  readonly created_by: string;
  /** A second swarm with this key answers the first one and writes nothing. */
  readonly idempotency_key?: string | undefined;
}

export interface SwarmWorker {
  readonly profile: ProfileName;
  readonly title: string;
  readonly skills?: readonly string[] | undefined;
}

export interface SwarmIds {
  readonly root_id: TaskId;
  readonly worker_ids: readonly TaskId[];
  readonly verifier_id: TaskId;
  readonly synthesizer_id: TaskId;
}

type Wrong = { readonly code: RefusalCode; readonly sentence: string } | undefined;
const longestTitle = 200;

/** Whether a plan can be carried out; a sentence names the place in it that cannot (contract §4.11). */
export function checkPlan(tasks: readonly PlannedTask[]): Wrong {
  if (tasks.length === 0) {
    return { code: 'invalid_input', sentence: '`tasks` must name at least one task, and the list is empty.' };
  }
  for (const [index, task] of tasks.entries()) {
    const wrong = checkTitle(task.title, `tasks.${index}.title`) ?? checkParents(task, index, tasks.length);
    if (wrong) return wrong;
  }
  const stuck = leftInCycles(tasks);
  if (stuck.length === 0) return undefined;
  return {
    code: 'cycle',
    sentence: `${stuck.map((index) => `\`tasks.${index}\``).join(', ')} wait for each other in a circle through their \`parents\`, so none of them could ever start.`,
  };
}

function checkTitle(title: string, place: string): Wrong {
  if (title.trim() === '') {
    return { code: 'blank_text', sentence: `\`${place}\` must be a text that is not blank.` };
  }
  const length = [...title.trim()].length;
  return length > longestTitle
    ? {
        code: 'invalid_input',
        sentence: `\`${place}\` must have at most ${longestTitle} characters, and it has ${length}.`,
      }
    : undefined;
}

function checkParents(task: PlannedTask, index: number, amount: number): Wrong {
  for (const [at, parent] of task.parents.entries()) {
    const place = `\`tasks.${index}.parents.${at}\``;
    if (!Number.isSafeInteger(parent) || parent < 0 || parent >= amount) {
      const known = amount === 1 ? 'only task 0' : `tasks 0 to ${amount - 1}`;
      return {
        code: 'invalid_input',
        sentence: `${place} must be the place of a task in this plan, which has ${known}, not ${parent}.`,
      };
    }
    if (parent === index) {
      return {
        code: 'cycle',
        sentence: `${place} is ${parent}, the task itself, which cannot wait for itself.`,
      };
    }
  }
  return undefined;
}

/** Takes away whatever waits for nobody, again and again: what is left are circles, and what waits for one. */
function leftInCycles(tasks: readonly PlannedTask[]): number[] {
  let left = tasks.map((_, index) => index);
  for (;;) {
    const held = left.filter((index) => tasks[index]?.parents.some((parent) => left.includes(parent)));
    if (held.length === left.length) return onlyCycles(tasks, left);
    left = held;
  }
}

/** Of those that are left, the ones that somebody else who is left waits for, from the other end: the circles alone. */
function onlyCycles(tasks: readonly PlannedTask[], stuck: readonly number[]): number[] {
  let left = [...stuck];
  for (;;) {
    const needed = left.filter((index) => left.some((other) => tasks[other]?.parents.includes(index)));
    if (needed.length === left.length) return left;
    left = needed;
  }
}

/** What every member of a swarm is told of the others. */
export const swarmProtocol = (root: TaskId, more: string): string =>
  [
    '',
    '---',
    `You are one of a swarm. Its blackboard is the comment thread of task ${root}: read it before you begin, and write`,
    `what the others must know as a comment there that begins with "${blackboardPrefix.trim()}" followed by`,
    '{"key": "…", "value": …}; a later value of a key replaces the earlier one.',
    more,
  ].join('\n');

export const blackboardPrefix = '[swarm:blackboard] ';
