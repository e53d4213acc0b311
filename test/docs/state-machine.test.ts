import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { page, pagePath } from '../../scripts/state-machine.ts';
import { statuses } from '../../src/domain/task.ts';

it('docs/state-machine.md is what the code does (`npm run docs` writes it)', () => {
  expect(readFileSync(pagePath, 'utf8')).toBe(page());
});

it('its table has every status, and its picture each one that a verb can reach', () => {
  expect(page()).toContain(`|  | ${statuses.join(' | ')} |`);
  for (const status of ['todo', 'ready', 'running', 'blocked', 'review', 'done']) {
    expect(page()).toContain(`--> ${status}: `);
  }
});
