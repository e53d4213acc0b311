import { describe, expect, it } from 'vitest';
import { type CreateCode, mostWrongCodes } from '../../src/domain/chat.ts';
import { defaultBoard, homeBoard } from '../../src/domain/ids.ts';
import { type Board, openBoard, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

const ana = { platform: 'telegram', user_id: '7', name: 'ana' };
const bob = { platform: 'telegram', user_id: '8', name: 'bob' };

const codes = ({ kernel }: Board) => ({
  make: async (hash: string, more: Partial<CreateCode> = {}) =>
    value(
      await kernel.createCode(homeBoard, {
        ...{ hash, platform: null, role: 'operator', created_by: 'user', for_seconds: 600 },
        ...more,
      }),
    ),
  bring: async (who: typeof ana, hash: string) => value(await kernel.pair(homeBoard, { ...who, hash })),
  role: async ({ platform, user_id }: typeof ana) =>
    value(await kernel.pairedPerson(homeBoard, { platform, user_id }))?.role,
});

describe.each(stores)('a code for chats on $name', (kind) => {
  it('lets one person speak, in its role, and is answered the same when it comes again', async () => {
    const on = openBoard(kind);
    const { make, bring, role } = codes(on);
    expect(await role(ana)).toBeUndefined();
    await make('h1', { role: 'viewer' });
    expect(await bring(ana, 'h1')).toEqual({ role: 'viewer' });
    expect(await bring(ana, 'h1')).toEqual({ role: 'viewer' });
    expect(await bring(bob, 'h1')).toEqual({ role: null, why: 'wrong' });
    expect(await role(ana)).toBe('viewer');
    await make('h2');
    expect(await bring(ana, 'h2')).toEqual({ role: 'operator' });
    expect(value(await on.kernel.pairedPeople(homeBoard, { limit: 9 }))).toEqual([
      { ...ana, role: 'operator', paired_by: 'user', paired_at: on.clock.now() },
    ]);
  });

  it('of two who bring it at once one is let in', async () => {
    const on = openBoard(kind);
    const { make, bring } = codes(on);
    await make('h1');
    const both = await Promise.all([ana, bob].map((who) => bring(who, 'h1')));
    expect(both.filter(({ role }) => role === 'operator')).toHaveLength(1);
  });

  it('counts for its time and its platform', async () => {
    const on = openBoard(kind);
    const { make, bring } = codes(on);
    await make('h1', { platform: 'slack' });
    expect(await bring(ana, 'h1')).toEqual({ role: null, why: 'wrong' });
    expect(await bring({ ...ana, platform: 'slack' }, 'h1')).toEqual({ role: 'operator' });
    await make('h2');
    on.clock.advance(600);
    expect(await bring(ana, 'h2')).toEqual({ role: null, why: 'wrong' });
    const never = { hash: 'h3', platform: null, role: 'viewer', created_by: 'user', for_seconds: 0 } as const;
    await on.refused('invalid_input', () => on.kernel.createCode(homeBoard, never));
  });

  it('is not guessed: whoever brings too many wrong ones is not heard for a while, and others are', async () => {
    const on = openBoard(kind);
    const { make, bring } = codes(on);
    await make('h1', { for_seconds: 5000 });
    for (let guess = 0; guess < mostWrongCodes; guess += 1) await bring(ana, `wrong ${guess}`);
    expect(await bring(ana, 'h1')).toEqual({ role: null, why: 'too_many' });
    on.clock.advance(900);
    expect(await bring(ana, 'h1')).toEqual({ role: 'operator' });
    await make('h2');
    expect(await bring(bob, 'h2')).toEqual({ role: 'operator' });
  });

  it('whoever was paired can be let go', async () => {
    const on = openBoard(kind);
    const { make, bring, role } = codes(on);
    await make('h1');
    await bring(ana, 'h1');
    const { platform, user_id } = ana;
    value(await on.kernel.unpair(homeBoard, { platform, user_id }));
    expect(await role(ana)).toBeUndefined();
    await on.refused('unknown_person', () => on.kernel.unpair(homeBoard, { platform, user_id }));
  });
});

describe.each(stores)('a pinned chat on $name', (kind) => {
  it('is about the board that was said last, until it is unpinned', async () => {
    const { kernel, clock } = openBoard(kind);
    const at = { platform: 'telegram', chat_id: '-100', thread_id: '7' };
    const pin = { ...at, board: defaultBoard, workspace: null, pinned_by: 'ana' };
    expect(value(await kernel.chatPin(homeBoard, at))).toBeNull();
    value(await kernel.pinChat(homeBoard, pin));
    value(await kernel.pinChat(homeBoard, { ...pin, workspace: 'dir:/work' }));
    expect(value(await kernel.chatPin(homeBoard, at))).toEqual({
      ...pin,
      workspace: 'dir:/work',
      pinned_at: clock.now(),
    });
    expect(value(await kernel.chatPin(homeBoard, { ...at, thread_id: '' }))).toBeNull();
    expect(value(await kernel.unpinChat(homeBoard, at))).toBe(true);
    expect(value(await kernel.unpinChat(homeBoard, at))).toBe(false);
  });
});
