import type { CreateTask } from './command.ts';
import type { RefusalCode } from './errors.ts';
import { type Status, workspaceKinds } from './task.ts';

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
  return checkTime(input) ?? checkWorkspace(input) ?? checkSkills(input.skills ?? []) ?? checkNumbers(input);
}

/** Where a new task begins (contract §4.1). `waits`: one of its parents is neither done nor archived. */
export function placement(
  input: Pick<CreateTask, 'initial_status' | 'triage' | 'scheduled_at' | 'scheduled_in_seconds'>,
  waits: boolean,
): Status {
  if (input.initial_status === 'blocked') return 'blocked';
  if (input.triage === true) return 'triage';
  if (isTimed(input)) return 'scheduled';
  return waits ? 'todo' : 'ready';
}

const isTimed = (input: Pick<CreateTask, 'scheduled_at' | 'scheduled_in_seconds'>): boolean =>
  input.scheduled_at !== undefined || input.scheduled_in_seconds !== undefined;

/** A time that nothing would come of is refused, not lost. */
function checkTime(input: CreateTask): Wrong {
  if (!isTimed(input)) return undefined;
  if (input.scheduled_at !== undefined && input.scheduled_in_seconds !== undefined) {
    return invalid('A task is scheduled for a time or in a while, not both.');
  }
  if (input.initial_status === 'blocked' || input.triage === true) {
    return invalid(
      'A task that is blocked or in triage waits for a person, so it cannot be scheduled as well.',
    );
  }
  return undefined;
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
  const { max_retries, max_runtime_seconds, goal_max_turns, scheduled_in_seconds } = input;
  const atLeastOne = { max_retries, max_runtime_seconds, goal_max_turns, scheduled_in_seconds };
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
