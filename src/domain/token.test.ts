import { describe, expect, it } from 'vitest';
import { asMillis, type BoardId, defaultBoard } from './ids.ts';
import { type CreateToken, checkToken, mayDo, maySee, reaches, spent, type Token } from './token.ts';

const token: Token = {
  id: 'k_1',
  name: 'deploy',
  kind: 'token',
  role: 'operator',
  boards: null,
  created_by: 'ada',
  created_at: asMillis(1000),
  expires_at: null,
  last_used_at: null,
  revoked_at: null,
};

describe('a token', () => {
  it('counts until it is revoked or its time is over', () => {
    expect(spent(token, asMillis(9999))).toBeUndefined();
    expect(spent({ ...token, expires_at: asMillis(2000) }, asMillis(1999))).toBeUndefined();
    expect(spent({ ...token, expires_at: asMillis(2000) }, asMillis(2000))).toBe('expired');
    expect(spent({ ...token, revoked_at: asMillis(1500) }, asMillis(1500))).toBe('revoked');
  });

  it('may do what its role may, and what those below it may', () => {
    const table = reaches.map((role) => reaches.map((needed) => mayDo({ role }, needed)));
    expect(table).toEqual([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ]);
  });

  it('sees its own boards, or all', () => {
    expect(maySee(token, defaultBoard)).toBe(true);
    expect(maySee({ boards: ['ops' as BoardId] }, defaultBoard)).toBe(false);
    expect(maySee({ boards: ['ops' as BoardId] }, 'ops' as BoardId)).toBe(true);
  });

  it('needs a name, some boards or all, and a time that is not over', () => {
    const wanted: CreateToken = { ...token, hash: 'aa' };
    expect(checkToken(wanted)).toBeUndefined();
    expect(checkToken({ ...wanted, boards: [defaultBoard], for_seconds: 60 })).toBeUndefined();
    expect(checkToken({ ...wanted, name: ' ' })).toMatchObject({ refusal: { code: 'blank_text' } });
    expect(checkToken({ ...wanted, boards: [] })).toMatchObject({ refusal: { code: 'invalid_input' } });
    expect(checkToken({ ...wanted, for_seconds: 0 })).toMatchObject({ refusal: { code: 'invalid_input' } });
  });
});
