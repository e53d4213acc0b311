import { spawn } from 'node:child_process';
import { expect, it, type TestContext } from 'vitest';
import { asTaskId, defaultBoard, type TaskId } from '../../src/domain/ids.ts';
import { value } from '../support/board.ts';
import { type GatewayHome, gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

/** A create that a person types subscribes that terminal (contract §7.5); the terminal here is one of `script`. */

const patience = 20_000;

function terminal({ onTestFinished }: Pick<TestContext, 'onTestFinished'>, home: GatewayHome) {
  const andon = `${process.cwd()}/bin/andon`;
  const env = { ...home.env, andon, PS1: '$ ', ENV: '' };
  const child = spawn('script', ['-qfec', '/bin/sh -i', '/dev/null'], { env, cwd: home.root });
  let shown = '';
  let ended = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
  child.on('exit', () => (ended = true));
  onTestFinished(() => void child.kill('SIGKILL'));
  const types = (line: string): void => void child.stdin.write(`${line}\n`);
  return {
    shown: () => shown,
    /** Types a create and gives what it made. */
    creates: async (title: string, ...more: string[]): Promise<TaskId> => {
      const from = shown.length;
      types(`"$andon" create "${title}" ${more.join(' ')}`);
      const made = () => /Created (t_\w+)[^\n]*\n/.exec(shown.slice(from))?.[1];
      return asTaskId(await until('it is made', made, patience));
    },
    closes: async () => {
      types('exit');
      await until('the terminal is closed', () => ended, patience);
    },
  };
}
const deliveriesOf = async (home: GatewayHome) =>
  value(await home.kernel.deliveries(defaultBoard, { limit: 10 }));

it('is told of its own tasks, once each, and of no other', async (test) => {
  const home = gatewayHome(test);
  await home.gateway();
  const mine = terminal(test, home);
  const other = terminal(test, home);
  const one = await mine.creates('Mine');
  const quiet = await mine.creates('Quiet', '--no-notify');
  const two = await other.creates('Theirs');
  expect(mine.shown()).toContain('(subscribed: this terminal is told how it goes)');
  const subscriptions = value(await home.kernel.subscriptions(defaultBoard, {}));
  expect(subscriptions.map(({ task_id }) => task_id).toSorted()).toEqual([one, two].toSorted());
  expect(subscriptions[0]).toMatchObject({ platform: 'cli', chat_id: expect.stringMatching(/^cli-\d+$/) });
  for (const id of [one, quiet, two]) await home.andon('complete', id, '--summary', 'a\u001b[2Jb');
  await until('both are told', () => [mine, other].every((each) => each.shown().includes('✔')), patience);
  await until('it is written down', async () =>
    (await deliveriesOf(home)).every(({ state }) => state === 'sent'),
  );
  expect(mine.shown().match(/✔ [^\r]*/g)).toEqual([`✔ ${one} done: Mine`]);
  expect(other.shown().match(/✔ [^\r]*/g)).toEqual([`✔ ${two} done: Theirs`]);
  expect(mine.shown()).toContain('a [2Jb');
});

it('is not waited for once it is closed, which is said', async (test) => {
  const home = gatewayHome(test);
  await home.gateway();
  const { creates, closes } = terminal(test, home);
  const id = await creates('Left alone');
  await closes();
  await home.andon('block', id, 'Left or right?');
  const gone = await until(
    'it is given up',
    async () => (await deliveriesOf(home)).find(({ state }) => state === 'dead') ?? false,
    patience,
  );
  expect(gone).toMatchObject({ task_id: id, attempts: 1, last_error: 'Its terminal is closed.' });
  expect(value(await home.kernel.subscriptions(defaultBoard, {}))).toEqual([]);
  // Without a terminal nobody is subscribed.
  await home.create('nobody');
  expect(value(await home.kernel.subscriptions(defaultBoard, {}))).toEqual([]);
});
