import { describe, expect, it, type TestContext } from 'vitest';
import { defaultBoard, type TaskId } from '../../src/domain/ids.ts';
import { value } from '../support/board.ts';
import { type GatewayHome, gatewayHome } from '../support/gateway-home.ts';
import { type FakeMail, fakeMail } from '../support/mail-fake.ts';
import { type FakeNtfy, fakeNtfy } from '../support/ntfy-fake.ts';
import { until } from '../support/until.ts';

const ana = 'ana@example.org';
const ben = 'ben@example.org';
/** Sending waits 15 s for a silent server, and 5 s until it tries again. */
const limit = 90_000;

interface Setting {
  readonly home: GatewayHome;
  readonly mail: FakeMail;
  readonly ntfy: FakeNtfy;
  /** Makes a task of which these are told: addresses, and topics of ntfy. */
  readonly told: (worker: string, ...chats: string[]) => Promise<TaskId>;
  /** Milliseconds from each event to its message, of all that were sent. */
  readonly waits: () => Promise<readonly number[]>;
}

async function setting({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): Promise<Setting> {
  const mail = await fakeMail({ onTestFinished }, { login: true });
  const ntfy = await fakeNtfy({ onTestFinished });
  const home = gatewayHome(
    { onTestFinished },
    {
      settings: {
        email: {
          ...{ host: '127.0.0.1', port: mail.port, from: 'andon@example.org' },
          ...{ user: mail.user, password_env: 'MAIL_PASSWORD' },
        },
        ntfy: { server: ntfy.url, token_env: 'NTFY_TOKEN' },
      },
      workers: {
        // Asks first, and when it was unblocked leaves a file.
        asks: `
if [ -e "$ANDON_HOME/$ANDON_TASK" ]; then
  printf 'It was the left one.' >"$ANDON_WORKSPACE/report.txt"
  andon complete "$ANDON_TASK" --summary "Done, see $ANDON_WORKSPACE/report.txt"
else touch "$ANDON_HOME/$ANDON_TASK"; andon block "$ANDON_TASK" "Left or right?"; fi`,
        quick: 'andon complete "$ANDON_TASK" --summary "all done"',
      },
      env: { MAIL_PASSWORD: mail.password, NTFY_TOKEN: ntfy.token },
    },
  );
  return {
    home,
    mail,
    ntfy,
    told: async (worker, ...chats) => {
      // Nobody works on it before all are subscribed.
      const task = await home.create(worker, '--initial-status', 'blocked', '--workspace', 'scratch');
      for (const chat of chats) {
        const platform = chat.includes('@') ? 'email' : 'ntfy';
        await home.andon('notify-subscribe', task, '--platform', platform, '--chat-id', chat);
      }
      await home.andon('unblock', task);
      return task;
    },
    waits: async () => {
      const all = value(await home.kernel.deliveries(defaultBoard, { limit: 100 }));
      const sent = all.flatMap(({ created_at, sent_at }) => (sent_at === null ? [] : [sent_at - created_at]));
      return sent.toSorted((one, other) => one - other);
    },
  };
}

const all = async (home: GatewayHome, state: 'sent' | 'pending' | 'dead') =>
  value(await home.kernel.deliveries(defaultBoard, { state, limit: 100 }));

describe.concurrent('people who are told by e-mail and ntfy', () => {
  it(
    'get one message for each event, with the file of what is done',
    async (test) => {
      const { home, mail, ntfy, told, waits } = await setting(test);
      const gateway = await home.gateway();
      const task = await told('asks', ana, 'deck');
      const [blocked] = await mail.waitFor(ana, 1);
      expect(blocked?.headers['subject']).toBe(`Work for asks (${task})`);
      expect(blocked?.text).toContain(`⏸ @asks ${task} blocked: Left or right?`);
      await ntfy.waitFor('deck', 1);
      await home.andon('unblock', task);
      const [, done] = await mail.waitFor(ana, 2);
      expect(done?.text).toContain(`✔ @asks ${task} done: Work for asks`);
      expect(done?.files).toEqual([{ name: 'report.txt', text: 'It was the left one.' }]);
      expect(done?.headers['references']).toBe(blocked?.headers['references']);
      expect(done?.headers['message-id']).not.toBe(blocked?.headers['message-id']);
      const pushes = await ntfy.waitFor('deck', 2);
      expect(pushes.map(({ tags }) => tags[0])).toEqual(['raised_hand', 'white_check_mark']);
      await until('all is noted', async () => (await all(home, 'sent')).length === 4);
      expect([mail.received(ana).length, ntfy.received('deck').length]).toEqual([2, 2]);
      expect(gateway.said()).not.toContain('a-secret-of-this-test');
      console.log(`e-mail and ntfy: 4 deliveries, event to message ${(await waits()).join(', ')} ms`);
    },
    limit,
  );

  it(
    'get it again that was refused for now, and never what was refused for good, while others are told',
    async (test) => {
      const { home, mail, ntfy, told } = await setting(test);
      mail.fail(ana, 451);
      mail.fail('gone@example.org', 550);
      ntfy.answer('deck', { status: 429, headers: { 'retry-after': '1' } });
      ntfy.answer('shelf', 500);
      ntfy.answer('gone', 404);
      const gateway = await home.gateway();
      const task = await told('quick', ana, ben, 'gone@example.org', 'deck', 'shelf', 'gone', 'calm');
      const [[toBen], [toAna]] = [await mail.waitFor(ben, 1), await mail.waitFor(ana, 1)];
      const [refused, again] = await ntfy.waitFor('shelf', 2);
      await ntfy.waitFor('deck', 2);
      await until('all is settled', async () => (await all(home, 'pending')).length === 0, 30_000);
      const counts = ['deck', 'shelf', 'gone', 'calm'].map((topic) => ntfy.received(topic).length);
      expect(counts).toEqual([2, 2, 1, 1]);
      expect([ana, ben].map((address) => mail.received(address).length)).toEqual([1, 1]);
      // The one that was refused came 5 s later, and nobody waited for it.
      expect((toAna?.at ?? 0) - (toBen?.at ?? 0)).toBeGreaterThan(3000);
      expect(again?.sequence_id).toBe(refused?.sequence_id);
      const dead = await all(home, 'dead');
      expect(dead.map(({ chat_id, attempts }) => [chat_id, attempts]).sort()).toEqual([
        ['gone', 1],
        ['gone@example.org', 1],
      ]);
      expect(await home.andon('deliveries', task, '--failed')).toContain('550');
      expect(gateway.said()).toContain('is given up: The mail server answered 550');
    },
    limit,
  );

  it(
    'lose nothing to a server that hangs, breaks off or is started anew, and others are told meanwhile',
    async (test) => {
      const { home, mail, ntfy, told, waits } = await setting(test);
      mail.fail(ana, 'silence');
      mail.fail('cy@example.org', 'drop');
      ntfy.answer('deck', 'hang');
      await home.gateway();
      const begun = performance.now();
      await told('quick', ana, ben, 'cy@example.org', 'deck', 'calm');
      const [[toBen], [toCalm]] = [await mail.waitFor(ben, 1), await ntfy.waitFor('calm', 1)];
      const [toAna] = await mail.waitFor(ana, 1);
      // It was given up after 15 s and sent again 5 s later; the others had it long before.
      expect((toAna?.at ?? 0) - begun).toBeGreaterThan(15_000);
      for (const quick of [toBen, toCalm]) expect(quick?.at).toBeLessThan(toAna?.at ?? 0);
      const [broken, whole] = await mail.waitFor('cy@example.org', 2);
      expect(whole?.headers['message-id']).toBe(broken?.headers['message-id']);
      const [hung, pushed] = await ntfy.waitFor('deck', 2);
      expect(pushed?.sequence_id).toBe(hung?.sequence_id);
      await until('all came', async () => (await all(home, 'pending')).length === 0, 30_000);

      await mail.stop();
      const later = await told('quick', ana);
      await until(
        'it was tried in vain',
        async () =>
          (await all(home, 'pending')).some(
            ({ attempts, last_error }) => attempts > 0 && last_error?.includes('reached'),
          ),
        30_000,
      );
      await mail.start();
      await mail.waitFor(ana, 2);
      await until('that came too', async () => (await all(home, 'pending')).length === 0, 30_000);
      expect(mail.received(ana).map(({ text }) => text.includes(later))).toEqual([false, true]);
      expect(await all(home, 'dead')).toEqual([]);
      const times = await waits();
      const [median, worst] = [times[Math.floor(times.length / 2)], times.at(-1)];
      console.log(
        `e-mail and ntfy under faults: ${times.length} deliveries, 4 faults, median ${median} ms, worst ${worst} ms`,
      );
    },
    limit,
  );

  it(
    'are told although a gateway dies while it tells them, in words that their programs know to be the same',
    async (test) => {
      const { home, mail, ntfy, told } = await setting(test);
      mail.fail(ana, 'hang');
      ntfy.answer('deck', 'hang');
      const first = await home.gateway();
      await told('quick', ana, 'deck');
      await mail.waitFor(ana, 1);
      await ntfy.waitFor('deck', 1);
      await first.crash();
      await home.gateway();
      const [cut, again] = await mail.waitFor(ana, 2);
      expect(again?.headers['message-id']).toBe(cut?.headers['message-id']);
      const [hung, pushed] = await ntfy.waitFor('deck', 2);
      expect(pushed?.sequence_id).toBe(hung?.sequence_id);
      await until('all is noted', async () => (await all(home, 'sent')).length === 2);
      expect([mail.received(ana).length, ntfy.received('deck').length]).toEqual([2, 2]);
    },
    limit,
  );
});
