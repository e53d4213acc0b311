import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    dir: import.meta.dirname,
    include: ['**/*.test.ts'],
    reporters: ['default', './test/agents/table-reporter.ts', './test/support/closing-line.ts'],
    // opencode needs four seconds for one turn, and some tests have three.
    testTimeout: 120_000,
    // Real agents beside whatever else the machine does: the closing lines name what needed a second try.
    retry: 1,
    maxWorkers: 2,
  },
});
