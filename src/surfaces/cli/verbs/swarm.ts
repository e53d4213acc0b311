import { InvalidArgumentError } from '@commander-js/extra-typings';
import { type ProfileName, parseAssignee } from '../../../domain/ids.ts';
import type { SwarmWorker } from '../../../domain/plan.ts';
import { granted } from '../failure.ts';
import { onBoard } from '../on-board.ts';
import { commaList, wholeNumber } from '../options.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

/** `PROFILE:TITLE[:SKILL,SKILL]` (contract §8.2). */
function worker(text: string, before: readonly SwarmWorker[] | undefined): SwarmWorker[] {
  const [name = '', title = '', skills, ...rest] = text.split(':');
  const profile = parseAssignee(name);
  if (profile === null || title.trim() === '' || rest.length > 0) {
    throw new InvalidArgumentError('It must be PROFILE:TITLE or PROFILE:TITLE:SKILL,SKILL.');
  }
  const one = { profile, title: title.trim(), skills: skills === undefined ? undefined : commaList(skills) };
  return [...(before ?? []), one];
}

const profile = (text: string): ProfileName => {
  const name = parseAssignee(text);
  if (name === null) throw new InvalidArgumentError('It must be the name of a profile.');
  return name;
};

export function register(program: Program): void {
  program
    .command('swarm')
    .description('put several workers on one goal, with a verifier and a synthesizer after them')
    .argument('<goal>', 'what they are to reach together')
    .requiredOption(
      '--worker <profile:title[:skill,skill]>',
      'one worker and its part (repeat for several)',
      worker,
    )
    .requiredOption('--verifier <profile>', 'who checks what they hand over', profile)
    .requiredOption('--synthesizer <profile>', 'who makes one whole of it', profile)
    .option('--tenant <name>', 'whom it is for')
    .option('--priority <number>', 'higher runs earlier; 0 unless said', wholeNumber())
    .option('--created-by <name>', 'the author, when it is not you')
    .option('--idempotency-key <key>', 'a second swarm with this key answers the first one')
    .option('--json', 'print the ids as JSON')
    .action((goal, flags) =>
      onBoard(program, async ({ kernel, board, author }) => {
        const { created, ...ids } = granted(
          await kernel.swarm(board, {
            goal,
            workers: flags.worker,
            verifier: flags.verifier,
            synthesizer: flags.synthesizer,
            tenant: flags.tenant,
            priority: flags.priority,
            created_by: flags.createdBy ?? author,
            idempotency_key: flags.idempotencyKey,
          }),
        );
        if (flags.json) return sayJson(ids);
        say(`${created ? 'Made' : 'There is'} the swarm ${ids.root_id}`);
        say(`  workers      ${ids.worker_ids.join(' ')}`);
        say(`  verifier     ${ids.verifier_id}`);
        say(`  synthesizer  ${ids.synthesizer_id}`);
      }),
    );
}
