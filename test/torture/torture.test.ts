import { describe, expect, it } from 'vitest';
import { faults } from './faults.ts';
import { suffer } from './suffer.ts';

/** `npm run torture` makes each fault happen as often as it can tell something; `npm test` as often as there is time for. */
const form = process.env['ANDON_TORTURE'] === 'long' ? 'long' : 'short';
const longest = form === 'long' ? 900_000 : 60_000;

describe('nothing is lost, doubled or left behind', () => {
  it.for(faults.filter(({ times }) => times[form] > 0).map((fault) => [fault.name, fault] as const))(
    '%s',
    { timeout: longest },
    async ([, fault], { task }) => {
      const line = await suffer(fault, fault.times[form]);
      task.meta.fault = line;
      expect(line.verdict, line.note).toBe('held');
    },
  );
});
