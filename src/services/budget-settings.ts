import { type Budget, budgetScopes } from '../domain/budget.ts';
import { kinds, type Zod } from './strict-yaml.ts';

const microsPerDollar = 1_000_000;

/** `budgets:` of `andon.yaml`: what may be spent, each with money in US dollars, tokens, or both. */
export const budgetsSchema = (z: Zod) => {
  const { strict, whole, line } = kinds(z);
  const money = 'US dollars, more than 0';
  const percent = 'a percent from 1 to 100';
  const row = strict({
    scope: z.enum(budgetScopes, { error: `one of ${budgetScopes.join(', ')}` }),
    name: line.optional(),
    money: z
      .number({ error: money })
      .min(1 / microsPerDollar, { error: money })
      .optional(),
    tokens: whole(1).optional(),
    warn: z.int({ error: percent }).min(1, { error: percent }).max(100, { error: percent }).optional(),
  })
    .refine(({ money, tokens }) => money !== undefined || tokens !== undefined, {
      error: 'a budget with money, tokens or both',
    })
    .refine(({ scope, name }) => name === undefined || scope === 'profile' || scope === 'board', {
      error: 'a budget whose name, if it has one, is that of a profile or a board',
    });
  return z.array(row, { error: 'a list of {scope, name, money, tokens, warn}' }).transform((rows): Budget[] =>
    rows.map(({ scope, name, money, tokens, warn }) => ({
      scope,
      name: name ?? null,
      cost_micros: money === undefined ? null : Math.round(money * microsPerDollar),
      tokens: tokens ?? null,
      warn: warn ?? 80,
    })),
  );
};
