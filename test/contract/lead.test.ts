import { describe, expect, it } from 'vitest';
import { asMillis, homeBoard } from '../../src/domain/ids.ts';
import { board, openBoard, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const ttl = asMillis(60_000);
const role = 'dispatcher';
const holder = (name: string) => ({
  role,
  name,
  host: 'here',
  boot: 'b1',
  pid: 100,
  pid_start: '5',
  token: `token of ${name}`,
  ttl,
  dead_epoch: undefined,
});

/** Design §3.4: leadership is a lease in the home store. */
describe.each(stores)('the lease on $name', (kind) => {
  it('a free role is granted, and everybody sees by whom it is held', async () => {
    const { kernel, another, clock } = openBoard(kind);
    expect(value(await kernel.lease(homeBoard, { role }))).toEqual({ now: clock.now(), lease: null });
    const { ttl: _ttl, dead_epoch: _dead, ...named } = holder('one');
    const lease = { ...named, epoch: 1, expires_at: clock.now() + ttl };
    expect(value(await kernel.takeLease(homeBoard, holder('one')))).toEqual(lease);
    expect(value(await another().lease(homeBoard, { role })).lease).toEqual(lease);
  });

  it('its holder renews it without a new epoch, however often', async () => {
    const { kernel, clock } = openBoard(kind);
    value(await kernel.takeLease(homeBoard, holder('one')));
    for (let time = 0; time < 10; time += 1) {
      clock.advance(15);
      const renewed = value(await kernel.takeLease(homeBoard, holder('one')));
      expect(renewed).toMatchObject({ epoch: 1, expires_at: clock.now() + ttl });
    }
  });

  it('all roles of a token are renewed at once, but none that has run out or is of another', async () => {
    const { kernel, clock } = openBoard(kind);
    const mine = { ...holder('one'), token: 'mine' };
    value(await kernel.takeLease(homeBoard, { ...mine, role: 'notifier' }));
    clock.advance(50);
    value(await kernel.takeLease(homeBoard, { ...mine, role: 'dispatcher' }));
    value(await kernel.takeLease(homeBoard, { ...holder('two'), role: 'host:there' }));
    clock.advance(10);
    const renewed = value(await kernel.renewLeases(homeBoard, { token: 'mine', ttl }));
    expect(renewed).toMatchObject([{ role: 'dispatcher', epoch: 1, expires_at: clock.now() + ttl }]);
    const other = value(await kernel.lease(homeBoard, { role: 'host:there' })).lease;
    expect(other?.expires_at).toBe(clock.now() + ttl - 10_000);
    expect(value(await kernel.lease(homeBoard, { role: 'notifier' })).lease).toBeNull();
  });

  it('another is refused by name while it lasts, and nothing changes', async () => {
    const { kernel, clock } = openBoard(kind);
    const held = value(await kernel.takeLease(homeBoard, holder('one')));
    clock.advance(59);
    const answer = await kernel.takeLease(homeBoard, holder('two'));
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'not_leader', ids: ['one'] } });
    expect(value(await kernel.lease(homeBoard, { role })).lease).toEqual(held);
  });

  it('another takes it when its time is over, with the next epoch', async () => {
    const { kernel, clock } = openBoard(kind);
    value(await kernel.takeLease(homeBoard, holder('one')));
    clock.advance(60);
    expect(value(await kernel.lease(homeBoard, { role })).lease).toBeNull();
    expect(value(await kernel.takeLease(homeBoard, holder('two')))).toMatchObject({ name: 'two', epoch: 2 });
    expect((await kernel.takeLease(homeBoard, holder('one'))).ok).toBe(false);
  });

  it('a holder that slept past its own lease comes back with a new epoch', async () => {
    const { kernel, clock } = openBoard(kind);
    value(await kernel.takeLease(homeBoard, holder('one')));
    clock.advance(61);
    expect(value(await kernel.takeLease(homeBoard, holder('one'))).epoch).toBe(2);
  });

  it('a holder that is proved dead is replaced at once; proof about an earlier one is not enough', async () => {
    const { kernel } = openBoard(kind);
    const { epoch } = value(await kernel.takeLease(homeBoard, holder('one')));
    const two = value(await kernel.takeLease(homeBoard, { ...holder('two'), dead_epoch: epoch }));
    expect(two).toMatchObject({ name: 'two', epoch: epoch + 1 });
    const late = await kernel.takeLease(homeBoard, { ...holder('three'), dead_epoch: epoch });
    expect(late).toMatchObject({ ok: false, refusal: { ids: ['two'] } });
  });

  it('given back, it is free at once, and epochs go on rising', async () => {
    const { kernel } = openBoard(kind);
    value(await kernel.takeLease(homeBoard, holder('one')));
    value(await kernel.releaseLease(homeBoard, { role, token: 'token of one' }));
    expect(value(await kernel.lease(homeBoard, { role })).lease).toBeNull();
    expect(value(await kernel.takeLease(homeBoard, holder('two'))).epoch).toBe(2);
  });

  it('nobody gives back what another holds', async () => {
    const { kernel } = openBoard(kind);
    const held = value(await kernel.takeLease(homeBoard, holder('one')));
    value(await kernel.releaseLease(homeBoard, { role, token: 'token of two' }));
    expect(value(await kernel.lease(homeBoard, { role })).lease).toEqual(held);
  });

  it('roles are held apart', async () => {
    const { kernel } = openBoard(kind);
    value(await kernel.takeLease(homeBoard, holder('one')));
    const notifier = { ...holder('two'), role: 'notifier' };
    expect(value(await kernel.takeLease(homeBoard, notifier))).toMatchObject({ name: 'two', epoch: 1 });
  });

  it('of twenty candidates in two processes one wins', async () => {
    const { kernel, another } = openBoard(kind);
    const kernels = [kernel, another()];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (kernels[index % 2] ?? kernel).takeLease(homeBoard, holder(`gateway ${index}`)),
      ),
    );
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
  });

  it('the home store is no board: it holds no task', async () => {
    const { kernel, create } = openBoard(kind);
    await create('On the board');
    value(await kernel.takeLease(homeBoard, holder('one')));
    expect(value(await kernel.list(board, {}))).toHaveLength(1);
  });
});
