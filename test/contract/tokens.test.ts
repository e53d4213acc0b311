import { describe, expect, it } from 'vitest';
import { type BoardId, homeBoard } from '../../src/domain/ids.ts';
import type { CreateToken } from '../../src/domain/token.ts';
import { type Board, openBoard, value } from '../support/board.ts';
import { stores } from '../support/stores.ts';

/** Tokens of a home: the kernel keeps who may do what, by the hash of a secret that it never sees. */
describe.each(stores)('tokens on $name', (kind) => {
  const wanted = (more: Partial<CreateToken> = {}): CreateToken => ({
    id: 'k_1',
    name: 'deploy',
    kind: 'token',
    hash: 'aa11',
    role: 'operator',
    boards: null,
    created_by: 'ada',
    ...more,
  });
  const listed = async ({ kernel }: Board, after?: string) =>
    value(await kernel.tokens(homeBoard, { after, limit: 10 }));

  it('are kept with their hash, which only the look-up by id gives', async () => {
    const on = openBoard(kind);
    const boards = ['ops' as BoardId];
    const made = value(await on.kernel.createToken(homeBoard, wanted({ name: ' deploy ', boards })));
    expect(made).toEqual({
      id: 'k_1',
      name: 'deploy',
      kind: 'token',
      role: 'operator',
      boards,
      created_by: 'ada',
      created_at: on.clock.now(),
      expires_at: null,
      last_used_at: null,
      revoked_at: null,
    });
    expect(await listed(on)).toEqual([made]);
    expect(value(await on.kernel.token(homeBoard, { id: 'k_1' }))).toEqual({ ...made, hash: 'aa11' });
    expect(value(await on.kernel.token(homeBoard, { id: 'k_2' }))).toBeNull();
  });

  it('end by their time or by a person, and say when they were used', async () => {
    const on = openBoard(kind);
    value(await on.kernel.createToken(homeBoard, wanted({ for_seconds: 60 })));
    on.clock.advance(5);
    value(await on.kernel.useToken(homeBoard, { id: 'k_1' }));
    value(await on.kernel.revokeToken(homeBoard, { id: 'k_1' }));
    const [token] = await listed(on);
    const now = on.clock.now();
    expect(token).toMatchObject({ expires_at: now + 55_000, last_used_at: now, revoked_at: now });
    const again = await on.kernel.revokeToken(homeBoard, { id: 'k_1' });
    expect(again).toMatchObject({ ok: false, refusal: { code: 'unknown_token', ids: ['k_1'] } });
    const unknown = await on.kernel.revokeToken(homeBoard, { id: 'k_9' });
    expect(unknown).toMatchObject({ ok: false, refusal: { code: 'unknown_token' } });
  });

  it('a code becomes one session, once, and only within its time', async () => {
    const on = openBoard(kind);
    const code = { kind: 'code', role: 'viewer', for_seconds: 60 } as const;
    value(await on.kernel.createToken(homeBoard, wanted({ id: 'c_1', ...code })));
    value(await on.kernel.createToken(homeBoard, wanted({ id: 'c_2', ...code })));
    const redeem = (code_id: string, id: string) =>
      on.kernel.redeemCode(homeBoard, { code_id, id, hash: 'bb', for_seconds: 3600 });
    const answers = await Promise.all([redeem('c_1', 's_1'), redeem('c_1', 's_2')]);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    on.clock.advance(60);
    expect(await redeem('c_2', 's_3')).toMatchObject({ ok: false, refusal: { code: 'unknown_token' } });
    expect(await redeem('k_0', 's_4')).toMatchObject({ ok: false, refusal: { code: 'unknown_token' } });
    const sessions = await listed(on);
    expect(sessions).toMatchObject([{ name: 'deploy', kind: 'session', role: 'viewer' }]);
    expect(sessions[0]?.expires_at).toBe(on.clock.now() - 60_000 + 3_600_000);
  });

  it('that are no token are not redeemed, and sessions that are over go away', async () => {
    const on = openBoard(kind);
    value(await on.kernel.createToken(homeBoard, wanted()));
    const taken = await on.kernel.redeemCode(homeBoard, {
      code_id: 'k_1',
      id: 's_1',
      hash: 'b',
      for_seconds: 9,
    });
    expect(taken).toMatchObject({ ok: false, refusal: { code: 'unknown_token' } });
    value(await on.kernel.createToken(homeBoard, wanted({ id: 's_1', kind: 'session', for_seconds: 10 })));
    on.clock.advance(11);
    value(await on.kernel.createToken(homeBoard, wanted({ id: 'k_2' })));
    expect((await listed(on)).map(({ id }) => id)).toEqual(['k_1', 'k_2']);
    expect((await listed(on, 'k_1')).map(({ id }) => id)).toEqual(['k_2']);
  });

  it('a session ends with the token that it comes from', async () => {
    const on = openBoard(kind);
    value(await on.kernel.createToken(homeBoard, wanted({ for_seconds: 100 })));
    value(await on.kernel.createToken(homeBoard, wanted({ id: 'c_1', kind: 'code', created_by: 'k_1' })));
    value(await on.kernel.createToken(homeBoard, wanted({ id: 'c_2', kind: 'code', created_by: 'k_1' })));
    const redeem = (code_id: string) =>
      on.kernel.redeemCode(homeBoard, { code_id, id: `s_${code_id}`, hash: 'b', for_seconds: 3600 });
    const session = value(await redeem('c_1'));
    expect(session.expires_at).toBe(on.clock.now() + 100_000);
    value(await on.kernel.revokeToken(homeBoard, { id: 'k_1' }));
    const after = value(await on.kernel.token(homeBoard, { id: session.id }));
    expect(after?.revoked_at).toBe(on.clock.now());
    expect(await redeem('c_2')).toMatchObject({ ok: false, refusal: { code: 'unknown_token' } });
  });
});
