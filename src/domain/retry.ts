import type { Task } from './task.ts';

/** How many consecutive failures a task may have before it is blocked, and who says so (contract §4.3: one rule for every path). */
export interface FailureLimit {
  readonly limit: number;
  readonly source: 'task' | 'setting' | 'default';
}

const defaultFailureLimit = 2;

export function failureLimit(task: Pick<Task, 'max_retries'>, setting: number | undefined): FailureLimit {
  if (task.max_retries !== null) return { limit: task.max_retries, source: 'task' };
  return setting === undefined
    ? { limit: defaultFailureLimit, source: 'default' }
    : { limit: setting, source: 'setting' };
}

const longestError = 500;

/** What is kept of a failure's text (contract §4.14). */
export const clipError = (error: string): string => [...error].slice(0, longestError).join('');
