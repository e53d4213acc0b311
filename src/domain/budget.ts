import type { BoardId, ProfileName, TaskId } from './ids.ts';
import { moneyText, tokensText } from './usage.ts';

/**
 * What may be spent, and on what: one task; a tree, which is a task without parents with all that depends on it, however
 * far; a profile; a board; a day of UTC on a board.
 */
export const budgetScopes = ['task', 'tree', 'profile', 'board', 'day'] as const;
export type BudgetScope = (typeof budgetScopes)[number];

/** One row of `budgets:` in `andon.yaml`; at least one of its two limits is set. */
export interface Budget {
  readonly scope: BudgetScope;
  /** The one profile or board that it is for; `null` for each of them. */
  readonly name: string | null;
  /** Millionths of a US dollar. */
  readonly cost_micros: number | null;
  /** Of input and output together. */
  readonly tokens: number | null;
  /** The percent of it at which it is near. */
  readonly warn: number;
}

export interface Spent {
  readonly cost_micros: number;
  readonly tokens: number;
}

/** A budget that is near its end, or over: nothing that an exceeded one covers starts, and what runs is stopped. */
export interface BudgetState {
  readonly budget: Budget;
  /** Whose spending it limits: a task, the root of a tree, a profile, a board, a day as `2026-11-26`. */
  readonly subject: string;
  readonly spent: Spent;
  readonly level: 'near' | 'over';
  /** Its event was written. */
  readonly told: boolean;
  /** Those of the tasks asked about that it covers; `null` for all of the profile, or of the board. */
  readonly tasks: readonly TaskId[] | null;
}

/** How much of a budget is used, by the limit that is nearer: a share of 1 is all of it. */
function used({ cost_micros, tokens }: Budget, spent: Spent): { share: number; figures: string } {
  const rows = [
    { limit: cost_micros, amount: spent.cost_micros, words: moneyText, unit: '' },
    { limit: tokens, amount: spent.tokens, words: tokensText, unit: ' tokens' },
  ];
  let nearest = { share: 0, figures: '' };
  for (const { limit, amount, words, unit } of rows) {
    if (limit === null || amount / limit <= nearest.share) continue;
    nearest = { share: amount / limit, figures: `${words(amount)} of ${words(limit)}${unit}` };
  }
  return nearest;
}

export function levelOf(budget: Budget, spent: Spent): BudgetState['level'] | 'within' {
  const { share } = used(budget, spent);
  if (share >= 1) return 'over';
  return share * 100 >= budget.warn ? 'near' : 'within';
}

/** The budgets that count on a board; those of boards bear its name from there on. */
export const budgetsOn = (budgets: readonly Budget[], board: BoardId): Budget[] =>
  budgets.flatMap((budget) => {
    if (budget.scope !== 'board') return budget;
    return budget.name === null || budget.name === board ? { ...budget, name: board } : [];
  });

/** The same budget has the same key; one that was raised is another, and is told of again. */
export const budgetKey = ({ scope, name, cost_micros, tokens }: Budget): string =>
  [scope, name ?? '*', cost_micros ?? '-', tokens ?? '-'].join(' ');

/** The first exceeded budget that covers a task and the profile that runs it; with `null` for both, that covers the board. */
export const exceededOn = (
  states: readonly BudgetState[],
  task: TaskId | null,
  profile: ProfileName | null,
): BudgetState | undefined =>
  states.find(({ budget, subject, tasks, level }) => {
    if (level !== 'over') return false;
    if (tasks !== null) return task !== null && tasks.includes(task);
    return budget.scope !== 'profile' || subject === profile;
  });

const subjectWords: { readonly [Scope in BudgetScope]: (subject: string) => string } = {
  task: (id) => `the task ${id}`,
  tree: (id) => `${id} and all that depends on it`,
  profile: (name) => `the profile ${name}`,
  board: (name) => `the board ${name}`,
  day: (day) => `this board's day ${day} (UTC)`,
};

/** `The budget of the profile coder is used up: $5.02 of $5.00.` */
export function budgetSentence({ budget, subject, spent, level }: BudgetState): string {
  const { share, figures } = used(budget, spent);
  const how = level === 'over' ? 'is used up' : `is used to ${Math.floor(share * 100)} %`;
  return `The budget of ${subjectWords[budget.scope](subject)} ${how}: ${figures}.`;
}
