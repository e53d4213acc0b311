import { describe, expect, it } from 'vitest';
import { asEpoch, asMillis, asSeconds, asTaskId, homeBoard } from '../../src/domain/ids.ts';
import type { Role } from '../../src/domain/leading.ts';
import type { Loop, LoopChoice, StartLoop, TurnOutcome } from '../../src/domain/loop.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { type Board, board, openBoard, profile, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Recurring prompts (contract §13.1): what is kept of them, and that each turn is begun once. */
describe.each(stores)('loops on $name', (kind) => {
  const wish = (own: Partial<StartLoop> = {}): StartLoop => ({
    ...{ session: 'cli', target: 'profile', name: 'ada', prompt: 'check the build', board },
    created_by: 'bob',
    ...own,
  });
  const lead = async (on: Board, kernel: Kernel = on.kernel, role: Role = 'dispatcher', token = 'a') => {
    const { epoch } = value(
      await kernel.takeLease(homeBoard, {
        ...{ role, name: token, host: 'here', boot: 'b', pid: 1, pid_start: '1', token },
        ...{ ttl: asMillis(60_000), dead_epoch: undefined },
      }),
    );
    const as = { role, epoch: asEpoch(epoch) };
    return {
      begin: (id: string) => kernel.beginTurn(homeBoard, { ...as, id, mark: 'feed' }),
      settle: ({ id, turn }: Pick<Loop, 'id' | 'turn'>, outcome: TurnOutcome) =>
        kernel.settleTurn(homeBoard, { ...as, id, turn, outcome }),
    };
  };
  const start = async ({ kernel }: Board, own?: Partial<StartLoop>) =>
    value(await kernel.startLoop(homeBoard, wish(own)));
  const all = async ({ kernel }: Board, choice: LoopChoice = {}) =>
    value(await kernel.loops(homeBoard, choice)).loops;
  const one = async (on: Board, id: string) => {
    const [loop] = await all(on, { id });
    if (loop === undefined) throw new Error(`No loop ${id}.`);
    return loop;
  };
  const over = { state: 'over', empty: false, interrupted: false, note: null } as const;

  it('are kept with all that was said, for another process too; no interval is 5 minutes, and none below one', async () => {
    const on = openBoard(kind);
    const made = await start(on, { prompt: ' check\nthe build ', command: ['a', 'b c'], folder: '/x' });
    expect(made).toMatchObject({
      ...{ prompt: 'check\nthe build', command: ['a', 'b c'], folder: '/x', interval_seconds: 300 },
      ...{ status: 'active', last_fired_at: 0, turns_completed: 0, turn: 0, created_at: on.clock.now() },
    });
    expect(made.id).toMatch(/^[0-9a-f]{6}$/);
    const fast = await start(on, { interval_seconds: asSeconds(5) });
    expect(fast.interval_seconds).toBe(60);
    const seen = value(await on.another().loops(homeBoard, {}));
    expect(seen.now).toBe(on.clock.now());
    expect(seen.loops.map(({ id }) => id).toSorted()).toEqual([made.id, fast.id].toSorted());
    expect(seen.loops).toContainEqual(made);
    expect(await on.kernel.startLoop(homeBoard, wish({ prompt: ' ' }))).toMatchObject({
      ...{ ok: false, refusal: { code: 'blank_text' } },
    });
  });

  it('are made once for one wish, however often it is heard', async () => {
    const on = openBoard(kind);
    const made = await start(on, { request: 'telegram:7' });
    expect(await start(on, { request: 'telegram:7' })).toEqual(made);
    expect((await start(on, { request: 'telegram:8' })).id).not.toBe(made.id);
    expect(await all(on)).toHaveLength(2);
  });

  it('begin a turn at once and then after each interval, one at a time', async () => {
    const on = openBoard(kind);
    const { id } = await start(on, { interval_seconds: asSeconds(60) });
    const us = await lead(on);
    const first = value(await us.begin(id));
    expect(first).toMatchObject({ turn: 1, turns_completed: 1, turn_state: 'claimed', turn_mark: 'feed' });
    expect(first).toEqual(await one(on, id));
    expect(value(await us.begin(id))).toBeNull();
    value(await us.settle({ id, turn: 1 }, { state: 'open', task_id: asTaskId('t_1') }));
    on.clock.advance(59);
    await lead(on);
    on.clock.advance(1);
    expect(value(await us.begin(id)), 'its turn goes on').toBeNull();
    value(await us.settle({ id, turn: 1 }, { ...over, note: 'It failed.' }));
    expect(value(await us.begin(id))).toMatchObject({ turn: 2, note: 'It failed.', task_id: null });
    value(await us.settle({ id, turn: 1 }, over));
    expect(await one(on, id), 'an old turn says nothing').toMatchObject({ turn: 2, turn_state: 'claimed' });
    value(await us.settle({ id, turn: 2 }, { ...over, empty: true }));
    expect(await one(on, id)).toMatchObject({ turns_completed: 1, turn_state: null, turn_mark: null });
    value(await us.settle({ id, turn: 2 }, { ...over, empty: true }));
    expect((await one(on, id)).turns_completed, 'once').toBe(1);
    expect(value(await us.begin('ffffff'))).toBeNull();
  });

  it('that are overdue together speak one after the other', async () => {
    const on = openBoard(kind);
    const [one, two, other] = [await start(on), await start(on), await start(on, { name: 'eve' })];
    const us = await lead(on);
    const begun = await Promise.all([one, two, other].map(({ id }) => us.begin(id)));
    expect(begun.map(value).map((loop) => loop !== null)).toEqual([true, false, true]);
    on.clock.advance(2);
    expect(value(await us.begin(two.id))).toMatchObject({ turn: 1 });
  });

  it('are begun by whoever holds their role, and by nobody who has lost it', async () => {
    const on = openBoard(kind);
    const { id } = await start(on);
    const command = await start(on, { target: 'command', name: 'there' });
    const chat = await start(on, { target: 'chat', name: 'telegram:7', gateway: 'team' });
    const us = await lead(on);
    const refused = { ok: false, refusal: { code: 'not_leader' } };
    expect(await us.begin(command.id)).toMatchObject(refused);
    expect(await us.begin(chat.id)).toMatchObject(refused);
    const keeper = await lead(on, on.kernel, 'host:there');
    expect(value(await keeper.begin(command.id))).toMatchObject({ turn: 1 });
    const team = await lead(on, on.kernel, 'notifier:team');
    expect(value(await team.begin(chat.id))).toMatchObject({ turn: 1 });

    value(await us.begin(id));
    on.clock.advance(61);
    expect(await us.settle({ id, turn: 1 }, over), 'its lease ran out').toMatchObject(refused);
    const next = await lead(on, on.another(), 'dispatcher', 'b');
    expect(await us.settle({ id, turn: 1 }, over), 'another holds it').toMatchObject(refused);
    expect(await one(on, id)).toMatchObject({ turn: 1, turn_state: 'claimed' });
    value(await next.settle({ id, turn: 1 }, over));
    expect(await one(on, id)).toMatchObject({ turn: 1, turn_state: null });
  });

  it('of two that begin the same turn one does', async () => {
    const on = openBoard(kind);
    const { id } = await start(on);
    const us = await lead(on);
    const twin = await lead(on, on.another());
    const begun = await Promise.all([us.begin(id), twin.begin(id), us.begin(id), twin.begin(id)]);
    expect(begun.map(value).filter((loop) => loop !== null)).toHaveLength(1);
  });

  it('are paused, go on after a whole interval, and are cleared, one or all of a session', async () => {
    const on = openBoard(kind);
    const uno = await start(on, { session: 'telegram:7' });
    const two = await start(on, { session: 'telegram:7' });
    const other = await start(on);
    const here = { session: 'telegram:7' };
    const us = await lead(on);
    expect(
      value(await on.kernel.pauseLoops(homeBoard, here))
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual([uno.id, two.id].toSorted());
    expect(value(await us.begin(uno.id))).toBeNull();
    expect((await one(on, other.id)).status).toBe('active');
    value(await on.kernel.resumeLoops(homeBoard, { ...here, id: two.id }));
    expect(value(await us.begin(two.id))).toBeNull();
    on.clock.advance(300);
    const again = await lead(on);
    expect(value(await again.begin(two.id))).toMatchObject({ turn: 1 });
    expect(value(await again.begin(uno.id))).toBeNull();
    const unknown = { ok: false, refusal: { code: 'unknown_loop' } };
    expect(await on.kernel.pauseLoops(homeBoard, { ...here, id: other.id })).toMatchObject(unknown);
    expect(value(await on.kernel.clearLoops(homeBoard, here))).toHaveLength(2);
    expect(await all(on)).toEqual([other]);
    expect(await on.kernel.clearLoops(homeBoard, here)).toMatchObject(unknown);
    expect(await on.kernel.resumeLoops(homeBoard, here)).toMatchObject(unknown);
    expect(value(await again.settle({ id: two.id, turn: 1 }, over))).toBeNull();
  });

  it('are paused by an interruption, and resumed by a person', async () => {
    const on = openBoard(kind);
    const { id } = await start(on);
    const us = await lead(on);
    value(await us.begin(id));
    value(await us.settle({ id, turn: 1 }, { ...over, interrupted: true, note: 'Stopped by bob.' }));
    expect(await one(on, id)).toMatchObject({ status: 'paused', note: 'Stopped by bob.', turn_state: null });
    value(await on.kernel.resumeLoops(homeBoard, {}));
    expect(await one(on, id)).toMatchObject({ status: 'active', last_fired_at: on.clock.now() });
  });

  it('stay until their command has ended when they are cleared while it runs', async () => {
    const on = openBoard(kind);
    const { id } = await start(on, { target: 'command', name: 'here' });
    const us = await lead(on, on.kernel, 'host:here');
    value(await us.begin(id));
    value(await us.settle({ id, turn: 1 }, { state: 'open', task_id: null }));
    expect(value(await on.kernel.clearLoops(homeBoard, {}))).toHaveLength(1);
    expect(await one(on, id)).toMatchObject({ status: 'done', turn_state: 'open' });
    expect(await on.kernel.pauseLoops(homeBoard, { id })).toMatchObject({ ok: false });
    value(await us.settle({ id, turn: 1 }, over));
    expect(await all(on)).toEqual([]);
  });

  it('a goal of a profile or a session is found while it is worked on', async () => {
    const on = openBoard(kind);
    const goal = async (input: Parameters<Kernel['goal']>[1]) => value(await on.kernel.goal(board, input));
    expect(await goal({ assignee: 'ada' })).toBeNull();
    await on.create('No goal', { assignee: profile('ada') });
    const id = await on.create('Goal', {
      assignee: profile('ada'),
      goal_mode: true,
      session_id: 'telegram:7',
    });
    expect(await goal({ assignee: 'ada' })).toBe(id);
    expect(await goal({ session_id: 'telegram:7' })).toBe(id);
    expect(await goal({ assignee: 'eve' })).toBeNull();
    await on.done(id);
    expect(await goal({ assignee: 'ada' })).toBeNull();
  });
});
