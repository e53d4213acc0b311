import { InvalidArgumentError } from '@commander-js/extra-typings';
import { parseBoardId } from '../../../domain/ids.ts';
import { Failure } from '../failure.ts';
import { say, sayJson } from '../output.ts';
import type { Program } from '../verb.ts';

/** A gateway is named like a profile, and a name is a file's name too. */
const gatewayName = (text: string): string => {
  const name = parseBoardId(text);
  if (name === undefined) {
    throw new InvalidArgumentError('A gateway is named with 1 to 64 of a-z, 0-9, - and _.');
  }
  return name;
};

const control = () => import('../../gateway/control.ts');

export function register(program: Program): void {
  const gateway = program
    .command('gateway')
    .description('the process that starts workers and sends messages')
    .addHelpText(
      'after',
      '\nUsually: andon gateway start, and later: andon gateway status, andon gateway stop',
    );
  const named = (verb: string, description: string) =>
    gateway
      .command(verb)
      .description(description)
      .option('--name <profile>', 'which gateway, when there are several', gatewayName, 'default');

  named('run', 'run in the foreground until Ctrl-C')
    .option('--detached', 'write JSON lines to its log file; what `start` uses')
    .action(async ({ name, detached }) => {
      const { runGateway } = await import('../../gateway/main.ts');
      const ran = await runGateway({ name, logToFile: detached === true });
      if (!ran.ok) throw new Failure(ran.message);
      // A message on its way to somebody who does not answer is sent again by the next gateway; it must not keep this one.
      process.exit(0);
    });
  named('start', 'start in the background').action(async ({ name }) => {
    const { startGateway } = await control();
    const started = await startGateway(name);
    if (!started.ok) throw new Failure(started.message);
    say(`The gateway ${name} is running with pid ${started.pid}; its log is ${started.log}`);
  });
  named('stop', 'stop it; running workers go on').action(async ({ name }) => {
    const { stopGateway } = await control();
    const stopped = await stopGateway(name);
    if (!stopped.ok) throw new Failure(stopped.message);
    say(`The gateway ${name} (pid ${stopped.pid}) has stopped.`);
  });
  gateway
    .command('status')
    .description('which gateways run, and who dispatches; exits 1 when none does')
    .option('--json', 'print JSON')
    .action(async ({ json }) => {
      const { gatewayStatus, statusText } = await control();
      const status = await gatewayStatus();
      if (json) sayJson(status);
      else say(statusText(status));
      if (status.gateways.length === 0) process.exitCode = 1;
    });
}
