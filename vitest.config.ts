import { defineConfig } from 'vitest/config';

/** Real processes, browsers and servers, of which some show that a thing happens in time. */
const live = [
  'bench',
  'cli',
  'contention',
  'demo',
  'e2e',
  'hermes',
  'http',
  'launcher',
  'mcp',
  'services',
  'torture',
  'web',
].map((folder) => `test/${folder}/**/*.test.ts`);
// A package of its own, with real agents: `npm run test:agents`.
const apart = ['**/node_modules/**', 'test/agents/**'];
const testTimeout = 30_000;

export default defineConfig({
  test: {
    globalSetup: './test/support/postgres.ts',
    reporters: ['default', './test/torture/table-reporter.ts', './test/support/closing-line.ts'],
    // Two cores, and the tests with real processes measure liveness: more workers only make each other slow.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'rules',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...apart, ...live],
          testTimeout,
        },
      },
      // The machine may be busy with something else, so these have a second try, which the closing lines name.
      { test: { name: 'live', include: live, exclude: apart, testTimeout, retry: 1 } },
    ],
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
