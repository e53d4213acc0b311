import { describe, expect, it } from 'vitest';
import {
  type Budget,
  type BudgetState,
  budgetKey,
  budgetSentence,
  budgetsOn,
  exceededOn,
  levelOf,
} from './budget.ts';
import { asProfileName, asTaskId, defaultBoard, parseBoardId } from './ids.ts';

const budget = (own: Partial<Budget> = {}): Budget => ({
  scope: 'day',
  name: null,
  cost_micros: 5_000_000,
  tokens: null,
  warn: 80,
  ...own,
});
const state = (own: Partial<BudgetState> = {}): BudgetState => ({
  budget: budget(),
  subject: '2026-11-26',
  spent: { cost_micros: 5_020_000, tokens: 100 },
  level: 'over',
  told: false,
  tasks: null,
  ...own,
});
const spent = (cost_micros: number, tokens = 0) => ({ cost_micros, tokens });
const task = asTaskId('t_00000001');
const coder = asProfileName('coder');

describe('a budget', () => {
  it('is near from its percent on, and over when all of it is spent', () => {
    expect(levelOf(budget(), spent(3_999_999, 9e9))).toBe('within');
    expect(levelOf(budget(), spent(4_000_000))).toBe('near');
    expect(levelOf(budget(), spent(5_000_000))).toBe('over');
    expect(levelOf(budget({ warn: 100 }), spent(4_999_999))).toBe('within');
  });

  it('counts tokens, money or whichever is nearer to its limit', () => {
    expect(levelOf(budget({ cost_micros: null, tokens: 1000 }), spent(9e9, 800))).toBe('near');
    expect(levelOf(budget({ tokens: 1000 }), spent(0, 1000))).toBe('over');
    expect(levelOf(budget({ tokens: 1000 }), spent(5_000_000, 1))).toBe('over');
  });

  it('counts on the boards that it names, and bears their name', () => {
    const other = parseBoardId('other');
    if (!other) throw new Error('other is no board');
    const all = [budget(), budget({ scope: 'board', name: 'other' }), budget({ scope: 'board' })];
    expect(budgetsOn(all, other).map(({ name }) => name)).toEqual([null, 'other', 'other']);
    expect(budgetsOn(all, defaultBoard).map(({ name }) => name)).toEqual([null, defaultBoard]);
  });

  it('is another one when it is raised', () => {
    const keys = [
      budget(),
      budget({ warn: 50 }),
      budget({ cost_micros: 6_000_000 }),
      budget({ tokens: 7, cost_micros: null }),
      budget({ scope: 'profile', name: 'coder' }),
    ].map(budgetKey);
    expect(keys).toEqual([
      'day * 5000000 -',
      'day * 5000000 -',
      'day * 6000000 -',
      'day * - 7',
      'profile coder 5000000 -',
    ]);
  });
});

describe('an exceeded budget', () => {
  const ofTask = state({ budget: budget({ scope: 'task' }), subject: task, tasks: [task] });
  const ofProfile = state({ budget: budget({ scope: 'profile' }), subject: 'coder' });

  it('covers its tasks, its profile, or the whole board', () => {
    expect(exceededOn([ofTask], task, coder)).toBe(ofTask);
    expect(exceededOn([ofTask], asTaskId('t_00000002'), coder)).toBeUndefined();
    expect(exceededOn([ofProfile], task, coder)).toBe(ofProfile);
    expect(exceededOn([ofProfile], task, null)).toBeUndefined();
    expect(exceededOn([ofTask, ofProfile, state()], null, null)).toEqual(state());
  });

  it('is not one that is only near', () => {
    expect(exceededOn([state({ level: 'near' })], task, coder)).toBeUndefined();
  });
});

describe('its sentence', () => {
  const said = (scope: Budget['scope'], subject: string, own: Partial<BudgetState> = {}) =>
    budgetSentence(state({ budget: budget({ scope }), subject, ...own }));

  it('names whose budget it is, and the figures of the limit that was met', () => {
    expect(said('task', 't_1')).toBe('The budget of the task t_1 is used up: $5.02 of $5.00.');
    expect(said('tree', 't_1')).toBe(
      'The budget of t_1 and all that depends on it is used up: $5.02 of $5.00.',
    );
    expect(said('profile', 'coder')).toMatch(/^The budget of the profile coder is used up/);
    expect(said('board', 'main')).toMatch(/^The budget of the board main is used up/);
    expect(said('day', '2026-11-26')).toMatch(/^The budget of this board's day 2026-11-26 \(UTC\) is/);
    const byTokens = budget({ scope: 'task', cost_micros: null, tokens: 2000 });
    expect(said('task', 't_1', { budget: byTokens, level: 'near', spent: spent(0, 1700) })).toBe(
      'The budget of the task t_1 is used to 85 %: 1.7k of 2.0k tokens.',
    );
  });
});
