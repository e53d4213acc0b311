import {
  type Budget,
  type BudgetScope,
  type BudgetState,
  budgetSentence,
  exceededOn,
  levelOf,
} from '../domain/budget.ts';
import { ok, type Result } from '../domain/errors.ts';
import { asTaskId, type TaskId, toSeconds } from '../domain/ids.ts';
import type { EnforceBudgets } from '../domain/leading.ts';
import { dayOf } from '../domain/usage.ts';
import type { Reader, Tx } from '../store/store.ts';
import {
  lastSpender,
  markBudgetTold,
  rootsOf,
  type SpentBy,
  spentBySubjects,
  spentByTasks,
  spentByTrees,
  toldKeyOf,
  toldOf,
} from '../store/tables/budgets.ts';
import { insertEvent } from '../store/tables/events.ts';
import { liveRuns } from '../store/tables/processes.ts';
import { findTask } from '../store/tables/tasks.ts';
import { stopRun } from './apply.ts';
import { fenced } from './lead.ts';

/** What was spent, by budgets: which of them are near or over, and what follows from it. */

type SpentOn = SpentBy & Pick<BudgetState, 'tasks'>;

/**
 * The budgets that are near or over: those of profiles, of the board and of its day, and those of these tasks and their
 * trees. Asks nothing of what no budget is for.
 */
export async function budgetStates(
  reader: Reader,
  budgets: readonly Budget[],
  tasks: readonly TaskId[],
): Promise<BudgetState[]> {
  const known = new Map<BudgetScope, readonly SpentOn[]>();
  const states: Omit<BudgetState, 'told'>[] = [];
  for (const budget of budgets) {
    const { scope, name } = budget;
    const spendings = known.get(scope) ?? (await spentOn(reader, scope, tasks));
    known.set(scope, spendings);
    for (const { subject: whose, tasks: covered, ...spent } of spendings) {
      const subject = scope === 'board' ? (name ?? whose) : whose;
      const level = levelOf(budget, spent);
      const isMeant = scope !== 'profile' || name === null || name === whose;
      if (isMeant && level !== 'within') states.push({ budget, subject, spent, level, tasks: covered });
    }
  }
  const told = await toldOf(
    reader,
    states.map(({ subject }) => subject),
  );
  return states.map((state) => ({ ...state, told: told.has(toldKeyOf(state)) }));
}

async function spentOn(
  reader: Reader,
  scope: BudgetScope,
  tasks: readonly TaskId[],
): Promise<readonly SpentOn[]> {
  switch (scope) {
    case 'task':
      return (await spentByTasks(reader, tasks)).map((spent) => ({
        ...spent,
        tasks: [asTaskId(spent.subject)],
      }));
    case 'tree': {
      const roots = await rootsOf(reader, tasks);
      const under = (root: string) => tasks.filter((id) => roots.get(id) === root);
      const trees = await spentByTrees(reader, [...new Set(roots.values())]);
      return trees.map((spent) => ({ ...spent, tasks: under(spent.subject) }));
    }
    case 'profile':
    case 'board':
    case 'day': {
      const only = scope === 'day' ? dayOf(reader.now) : undefined;
      return (await spentBySubjects(reader, scope, only)).map((spent) => ({ ...spent, tasks: null }));
    }
  }
}

export async function enforceBudgets(tx: Tx, input: EnforceBudgets): Promise<Result<number>> {
  const stale = await fenced(tx, input);
  if (stale) return stale;
  const live = (await liveRuns(tx)).filter(({ ended_at }) => ended_at === null);
  const asked = new Set([...input.tasks, ...live.map(({ task_id }) => task_id)]);
  const states = await budgetStates(tx, input.budgets, [...asked]);
  for (const state of states) if (!state.told) await tell(tx, state);
  let stopping = 0;
  for (const { run_id, task_id, profile, stop_at } of live) {
    const exceeded = exceededOn(states, task_id, profile);
    const task = exceeded && stop_at === null ? await findTask(tx, task_id) : undefined;
    if (!exceeded || task?.current_run_id !== run_id) continue;
    stopRun(tx, task, run_id, {
      reason: budgetSentence(exceeded),
      assignee: null,
      parked_by: 'budget',
    });
    stopping += 1;
  }
  return ok(stopping);
}

/** The event stands with the task, with the root of the tree, or with whoever spent last. */
async function tell(tx: Tx, state: BudgetState): Promise<void> {
  markBudgetTold(tx, state);
  const { budget, subject, spent, level } = state;
  const { scope, cost_micros, tokens } = budget;
  const id =
    state.tasks === null ? await lastSpender(tx, scope === 'profile' ? subject : null) : asTaskId(subject);
  const task = id && (await findTask(tx, id));
  if (!task) return;
  insertEvent(tx, {
    kind: level === 'near' ? 'budget_warning' : 'budget_exceeded',
    payload: { scope, subject, sentence: budgetSentence(state), spent, limit: { cost_micros, tokens } },
    task_id: task.id,
    run_id: task.current_run_id,
    at: toSeconds(tx.now),
  });
}
