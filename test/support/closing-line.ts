import type { Reporter, TestModule } from 'vitest/node';

/** Closes a run with what needed a second try, and with `N passed, N failed` alone on a line, for scripts that read it. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandled.length;
    for (const module of modules) {
      if (module.state() === 'failed' && [...module.children.allTests()].length === 0) failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        if (state === 'failed') failed += 1;
        if (test.diagnostic()?.flaky) {
          process.stdout.write(`passed at the second try: ${module.relativeModuleId} > ${test.fullName}\n`);
        }
      }
    }
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
  }
}
