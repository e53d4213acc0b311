import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, type TestContext } from 'vitest';
import { asTaskId, defaultBoard, homeBoard } from '../../src/domain/ids.ts';
import type { Loop } from '../../src/domain/loop.ts';
import { placeText } from '../../src/domain/place.ts';
import { value } from '../support/board.ts';
import { chatPlatforms } from '../support/chat-platforms.ts';
import { type GatewayHome, gatewayHome } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';

/** Recurring prompts with real gateways (contract §13.1): each turn is done once, whoever dies when. */

const patience = 20_000;

const tasksOf = async (home: GatewayHome) =>
  value(await home.kernel.list(defaultBoard, { include_archived: true }));
const loopsOf = async (home: GatewayHome) => value(await home.kernel.loops(homeBoard, {})).loops;
const theLoop = async (home: GatewayHome): Promise<Loop> => {
  const [loop, ...others] = await loopsOf(home);
  if (loop === undefined || others.length > 0) throw new Error(`${others.length + 1} loops, not one.`);
  return loop;
};
const reaches = (home: GatewayHome, what: string, holds: (loop: Loop) => boolean) =>
  until(
    what,
    async () => {
      const loop = await theLoop(home);
      return holds(loop) && loop;
    },
    patience,
  );

/** Writes into the home store past all our code, as if time had gone by or somebody had died at this point. */
function rewrite(home: GatewayHome, change: string): void {
  const database = new DatabaseSync(join(home.root, 'kanban', 'andon.db'));
  try {
    database.exec(`update andon_loops set ${change}`);
  } finally {
    database.close();
  }
}
const hourAgo = 'last_fired_at = last_fired_at - 3600000';

describe.concurrent('a loop for a profile', () => {
  const worker = 'wait_for "go-$ANDON_TASK"; andon complete "$ANDON_TASK" --summary "all done"';

  it('makes a task at once, and the next when that is finished; a killed gateway doubles nothing', async (test) => {
    const home = gatewayHome(test, { workers: { ada: worker } });
    let gateway = await home.gateway();
    const said = await home.andon('loop', '1m', '@ada', 'Look', 'at the build');
    expect(said).toMatch(
      /^Started a loop:\n⊙ #[0-9a-f]{6} \(active, every 1m, next: \w+, 0\/20 turns\): Look at the build\n/,
    );
    const { task_id: first } = await reaches(
      home,
      'the first turn',
      ({ turn_state }) => turn_state === 'open',
    );
    const { task } = await home.reaches(first ?? asTaskId('none'), 'running', patience);
    expect(task).toMatchObject({ title: 'Look at the build', assignee: 'ada', created_by: 'user' });

    await until('its worker works', () => home.starts(task.id) === 1, patience);
    // It dies after the task was made and before that was written down, and an hour goes by.
    await gateway.crash();
    rewrite(home, `turn_state = 'claimed', task_id = null, ${hourAgo}`);
    gateway = await home.gateway();
    await reaches(home, 'the same turn again', ({ turn_state }) => turn_state === 'open');
    expect(await theLoop(home)).toMatchObject({ task_id: first, turn: 1, turns_completed: 1 });
    expect(await tasksOf(home)).toHaveLength(1);

    // Its turn goes on, so the loop waits although it is overdue.
    await gateway.crash();
    gateway = await home.gateway();
    expect(await home.andon('loop')).toContain(`its turn is ${first}`);
    home.write(`go-${first}`);
    await home.reaches(task.id, 'done', patience);
    const second = await reaches(
      home,
      'the second turn',
      ({ turn, task_id }) => turn === 2 && task_id !== null,
    );
    expect(second.task_id).not.toBe(first);
    expect(await tasksOf(home)).toHaveLength(2);
    await gateway.stop();
  });

  it('is paused when somebody stops its task, waits for a goal, and is begun by one of two gateways', async (test) => {
    const home = gatewayHome(test, { workers: { ada: worker } });
    await home.gateway();
    const other = { name: 'other', leads: false };
    await home.gateway(other);
    await home.andon('loop', '--profile', 'ada', '1m', 'Look');
    const { task_id: first } = await reaches(home, 'a turn', ({ turn_state }) => turn_state === 'open');
    const id = first ?? asTaskId('none');
    await home.reaches(id, 'running', patience);
    await home.andon('stop', id);
    const paused = await reaches(home, 'it is paused', ({ status }) => status === 'paused');
    expect(paused).toMatchObject({ turn_state: null, note: `user stopped ${id}, so the loop is paused.` });

    const goal = await home.create('ada', '--goal');
    rewrite(home, `status = 'active', ${hourAgo}`);
    await home.reaches(goal, 'running', patience);
    expect(await theLoop(home)).toMatchObject({ turn: 1, turn_state: null });
    home.write(`go-${goal}`);
    const { task_id } = await reaches(
      home,
      'the next turn',
      ({ turn, task_id }) => turn === 2 && task_id !== null,
    );
    await home.reaches(task_id ?? asTaskId('none'), 'running', patience);
    expect(await tasksOf(home)).toHaveLength(3);
    const cleared = await home.andon('loop', 'clear');
    expect(cleared).toContain('Cleared a loop:');
    expect(await loopsOf(home)).toEqual([]);
    expect(await home.andon('loop')).toBe('(no loops)\n');
  });
});

describe.concurrent('a loop of a command', () => {
  it('runs it once although its gateway is killed, and keeps what it printed', async (test) => {
    const home = gatewayHome(test);
    let gateway = await home.gateway();
    const script =
      'echo begun; echo x >>runs; until [ -e "$ANDON_HOME/go" ]; do sleep 0.05; done; echo ended; exit 3';
    await home.andon('loop', '--command', '10m', script);
    await reaches(home, 'it runs', ({ turn_state }) => turn_state === 'open');
    await until('it has begun', () => home.has('../runs'), patience);
    await gateway.crash();
    rewrite(home, `turn_state = 'claimed'`);
    gateway = await home.gateway();
    await reaches(home, 'it is found', ({ turn_state }) => turn_state === 'open');
    home.write('go');
    const { id, note } = await reaches(home, 'it has ended', ({ turn_state }) => turn_state === null);
    expect(note).toBe('Its last turn ended with 3.');
    expect(home.read(`loops/${id}.log`)).toMatch(/^\[andon [^\]]+\] turn 1: ended with 3\nbegun\nended\n$/);
    expect(home.read('../runs')).toBe('x\n');
    expect(await home.andon('loop')).toContain(`it prints into ${home.root}/loops/${id}.log`);
  });

  it('ends it when the loop is cleared, and does not count a turn that printed nothing', async (test) => {
    const home = gatewayHome(test);
    await home.gateway();
    await home.andon('loop', '--command', '10m', '--', 'true');
    const quiet = await reaches(
      home,
      'it was run',
      ({ turn, turn_state }) => turn === 1 && turn_state === null,
    );
    expect(quiet).toMatchObject({ turns_completed: 0, note: null });
    await home.andon('loop', 'clear', `#${quiet.id}`);
    await home.andon('loop', '--command', '10m', 'touch here; sleep 1000');
    await until('it runs', () => home.has('../here'), patience);
    await home.andon('loop', 'clear');
    await until('it is gone', async () => (await loopsOf(home)).length === 0, patience);
    const logs = await until('its end is kept', () => home.read(`loops/${quiet.id}.log`) !== '', patience);
    expect(logs).toBe(true);
  });
});

describe.each(chatPlatforms)('a loop of a chat of $name', ({ fake }) => {
  async function setting({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
    const chat = await fake({ onTestFinished });
    const people = { operators: [chat.idOf(7)], viewers: [chat.idOf(8)] };
    const home = gatewayHome(
      { onTestFinished },
      {
        settings: { chat: { [chat.name]: { ...chat.settings, ...people } } },
        workers: { quick: 'andon complete "$ANDON_TASK" --summary "all done"' },
        env: chat.env,
      },
    );
    const answered = (part: string) => chat.waitFor(`the answer ${part}`, ({ text }) => text.includes(part));
    return { home, chat, answered };
  }

  it.concurrent('says its words in the thread, as they are, and is steered there', async (test) => {
    const { home, chat, answered } = await setting(test);
    const { group, thread } = chat;
    await home.gateway();
    const words = 'Stand up: "what\'s new?"\n  -- all of you';
    chat.says(`/loop 5m ${words}`);
    expect(await answered('Started a loop')).toMatchObject({ chat: group, thread });
    const spoken = await chat.waitFor('the words', ({ text }) => text === words);
    expect(spoken).toMatchObject({ chat: group, thread });
    await reaches(home, 'the turn is over', ({ turn, turn_state }) => turn === 1 && turn_state === null);

    chat.says('/loop', { user: 8 });
    const listed = await chat.waitFor('the list', ({ text }) => text.startsWith('⊙'));
    expect(listed.text).toContain('1/20 turns): Stand up: "what\'s new?" -- all of you');
    chat.says('/loop pause', { user: 8 });
    await answered('You may look, and `loop` changes something.');
    chat.says('/loop pause');
    await answered('⏸');
    expect((await theLoop(home)).status).toBe('paused');
    chat.says('/loop tea time');
    await answered('`tea` is none of them');
    chat.says('/loop --command 1h reboot');
    await answered('`--command` is none of them');
    chat.says('/kanban loop --command 1h reboot');
    await answered('In a chat a loop speaks there');
    chat.says('/loop clear #ffffff');
    await answered('There is no loop #ffffff here');
    chat.says('/loop clear');
    await answered('Cleared a loop');
    expect(await loopsOf(home)).toEqual([]);
    expect(chat.shown().filter(({ text }) => text === words)).toHaveLength(1);
  });

  it.concurrent('gives a profile tasks of which the thread is told, and asks the board what it is told to ask', async (test) => {
    const { home, chat, answered } = await setting(test);
    const { group, thread } = chat;
    await home.gateway();
    chat.says('/kanban loop every 1h @quick Look at the "build"');
    await answered('for @quick on default');
    const told = await chat.waitFor('it is told', ({ text }) => text.startsWith('✔ @quick'));
    expect(told).toMatchObject({ chat: group, thread });
    chat.says('/loop 1d /kanban list --status done');
    const list = await chat.waitFor('it is asked', ({ text }) => text.startsWith('✓ t_'));
    expect(list).toMatchObject({ chat: group, thread });
    const session_id = placeText({ platform: chat.name, chat_id: group, thread_id: thread });
    expect(await tasksOf(home)).toMatchObject([{ session_id, title: 'Look at the "build"' }]);
    chat.says('/loop 1h /kanban loop clear');
    await answered('A loop cannot steer loops.');
    expect(await loopsOf(home)).toHaveLength(3);
  });

  it.concurrent('is made on the command line too, and its words arrive once although the platform fails', async (test) => {
    const { home, chat } = await setting(test);
    const { group, thread } = chat;
    await home.gateway();
    chat.fail('send', { status: 500 }, 'Stand up');
    chat.fail('send', { status: 429, retry_after: 1 }, 'Stand up');
    await home.andon(
      'loop',
      '--chat',
      placeText({ platform: chat.name, chat_id: group, thread_id: thread }),
      '5m',
      'Stand up',
    );
    expect(await chat.waitFor('the words', ({ text }) => text === 'Stand up')).toMatchObject({
      chat: group,
      thread,
    });
    await reaches(home, 'the turn is over', ({ turn, turn_state }) => turn === 1 && turn_state === null);
    expect([chat.ahead(), chat.shown().length]).toEqual([0, 1]);
    const { code, err } = await home.run(['loop', '--chat', 'irc:7', '5m', 'Stand up']);
    expect([code, err]).toEqual([1, expect.stringContaining('names no irc')]);
  });
});
