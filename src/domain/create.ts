import type { CreateTask } from './command.ts';
import type { RefusalCode } from './errors.ts';
import { workspaceKinds } from './task.ts';

type Wrong = { readonly code: RefusalCode; readonly sentence: string } | undefined;

const invalid = (sentence: string): Wrong => ({ code: 'invalid_input', sentence });

const initialStatuses: readonly string[] = ['running', 'blocked'];

/** The rules of a new task that need nothing but its own words (contract §4.1, §8.2). */
export function checkCreate(input: CreateTask): Wrong {
  if (input.title.trim() === '') {
    return { code: 'blank_text', sentence: 'A task needs a title; the one given is blank.' };
  }
  const status = input.initial_status ?? 'running';
  if (!initialStatuses.includes(status)) {
    return invalid(`A new task is ${initialStatuses.join(' or ')}, not "${status}".`);
  }
  return checkWorkspace(input) ?? checkSkills(input.skills ?? []) ?? checkNumbers(input);
}

function checkWorkspace(input: CreateTask): Wrong {
  const kind = input.workspace_kind ?? 'scratch';
  if (!workspaceKinds.includes(kind)) {
    return invalid(`A workspace is ${workspaceKinds.join(', ')}, not "${kind}".`);
  }
  if (kind === 'dir' && !input.workspace_path?.trim()) {
    return invalid('A dir workspace needs its path: dir:/absolute/path.');
  }
  const path = input.workspace_path?.trim() ?? '';
  if (path !== '' && !/^[/~]/.test(path)) {
    return invalid(`A workspace path is absolute, because workers start elsewhere; given was "${path}".`);
  }
  const branch = input.branch_name;
  if (branch === undefined) return undefined;
  if (kind !== 'worktree') return invalid('A branch goes with a worktree workspace only.');
  if (branch.trim() === '' || branch.startsWith('-') || /\s/.test(branch)) {
    return invalid(
      `A branch name is not blank, has no white space and does not begin with "-"; given was "${branch}".`,
    );
  }
  return undefined;
}

function checkSkills(skills: readonly string[]): Wrong {
  const withComma = skills.filter((skill) => skill.includes(','));
  return withComma.length > 0
    ? invalid(`A skill's name has no comma; give each skill by itself: ${withComma.join(' | ')}.`)
    : undefined;
}

function checkNumbers(input: CreateTask): Wrong {
  const atLeastOne = { max_retries: input.max_retries, max_runtime_seconds: input.max_runtime_seconds };
  for (const [name, value] of Object.entries(atLeastOne)) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1)) {
      return invalid(`${name} is a whole number from 1, not ${value}.`);
    }
  }
  if (input.priority !== undefined && !Number.isSafeInteger(input.priority)) {
    return invalid(`priority is a whole number, higher runs earlier; given was ${input.priority}.`);
  }
  return undefined;
}
