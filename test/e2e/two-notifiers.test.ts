import { expect, it } from 'vitest';
import { defaultBoard, type TaskId } from '../../src/domain/ids.ts';
import { value } from '../support/board.ts';
import { gatewayHome } from '../support/gateway-home.ts';
import { fakeTelegram } from '../support/telegram-fake.ts';
import { until } from '../support/until.ts';

/** Contract §7.1, §7.2: the second one dispatches nothing, and hears and tells by a bot of its own. */
it('two gateways with different profiles deliver only their own', async ({ onTestFinished }) => {
  const [shared, own] = [await fakeTelegram({ onTestFinished }), await fakeTelegram({ onTestFinished })];
  const bot = ({ settings }: typeof shared) => ({ telegram: { ...settings, operators: [7] } });
  const home = gatewayHome(
    { onTestFinished },
    {
      settings: { chat: bot(shared) },
      workers: {
        quick: 'andon complete "$ANDON_TASK" --summary "all done"',
        ops: { gateway: { dispatch_in_gateway: false, notify_in_gateway: true, chat: bot(own) } },
      },
      env: shared.env,
    },
  );
  const ops = await home.gateway({ name: 'ops', leads: false });
  const subscribed = async (chat: number, ...owner: string[]): Promise<TaskId> => {
    const task = await home.create('nobody');
    const place = ['--platform', 'telegram', '--chat-id', String(chat)];
    await home.andon(
      'notify-subscribe',
      task,
      ...place,
      ...owner.flatMap((name) => ['--notifier-profile', name]),
    );
    return task;
  };
  const done = async (task_id: TaskId) => void value(await home.kernel.complete(defaultBoard, { task_id }));
  const states = async () => {
    const all = value(await home.kernel.deliveries(defaultBoard, { limit: 20 }));
    return all.map(({ chat_id, state }) => `${chat_id} ${state}`).sort();
  };

  // Alone it tells its own, and neither takes what is others' nor starts a worker.
  const ready = await home.create('quick');
  for (const task of [await subscribed(44, 'ops'), await subscribed(55), await subscribed(66, 'default')]) {
    await done(task);
  }
  await until('its own is told', async () => (await states()).includes('44 sent'), 20_000);
  expect(await states()).toEqual(['44 sent']);
  expect((await home.show(ready)).task.status).toBe('ready');
  expect(home.starts(ready)).toBe(0);

  const first = await home.gateway();
  await home.reaches(ready, 'done', 20_000);
  await until(
    'the rest is told',
    async () => (await states()).filter((one) => one.endsWith('sent')).length === 3,
    20_000,
  );
  expect(
    [own, shared].map((fake) =>
      fake
        .shown()
        .map(({ chat }) => chat)
        .sort(),
    ),
  ).toEqual([['44'], ['55', '66']]);

  // A task from the chat of one bot is told by that bot alone, also when the other gateway is there.
  own.says('@quick Mine');
  shared.says('@quick Ours');
  await own.waitFor('its own create is told', ({ text }) => text.startsWith('✔ @quick'));
  await shared.waitFor('the other as well', ({ text }) => text.startsWith('✔ @quick'));
  const titles = (fake: typeof shared) =>
    fake.shown(fake.group).flatMap(({ text }) => /done: (\w+)/.exec(text)?.[1] ?? []);
  expect([own, shared].map(titles)).toEqual([['Mine'], ['Ours']]);

  // What belongs to one that is gone waits for it.
  await first.stop();
  for (const task of [await subscribed(45, 'ops'), await subscribed(67, 'default')]) await done(task);
  await own.waitFor('its own goes on', ({ chat }) => chat === '45');
  expect(shared.shown('67')).toEqual([]);
  await home.gateway();
  await shared.waitFor('the other catches up', ({ chat }) => chat === '67');
  expect(own.shown('67')).toEqual([]);
  expect((await ops.stop()).code).toBe(0);
}, 90_000);
