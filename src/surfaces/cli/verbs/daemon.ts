import { usage } from '../failure.ts';
import type { Program } from '../verb.ts';

/** Kept so that an old script or unit says what to do instead (contract §8.2). */
export function register(program: Program): void {
  program
    .command('daemon')
    .description('DEPRECATED: `andon gateway start` runs the dispatcher')
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw usage(
        '`daemon` is deprecated: the gateway runs the dispatcher; use `andon gateway start`, and set dispatch_in_gateway, dispatch_interval_seconds, max_in_progress and failure_limit in andon.yaml.',
      );
    });
}
