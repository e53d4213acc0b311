import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // A package of its own, with real agents: `npm run test:agents`.
    exclude: ['**/node_modules/**', 'test/agents/**'],
    globalSetup: './test/support/postgres.ts',
    reporters: ['default', './test/torture/table-reporter.ts', './test/support/closing-line.ts'],
    testTimeout: 30_000,
    // Two cores, and the tests with real processes measure liveness: more workers only make each other slow.
    maxWorkers: 2,
    coverage: {
      include: ['src/**'],
      // Types alone: nothing of it runs.
      exclude: ['src/domain/command.ts'],
      reporter: ['text-summary'],
      // The domain decides everything, so no decision in it goes untested.
      thresholds: { 'src/domain/**': { branches: 100 } },
    },
  },
});
