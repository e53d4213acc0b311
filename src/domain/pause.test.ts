import { describe, expect, it } from 'vitest';
import { asMillis, asProfileName } from './ids.ts';
import { type Pause, pausedThing, pauseOn } from './pause.ts';

const coder = asProfileName('coder');
const now = asMillis(5000);
const pause = (own: Partial<Pause> = {}): Pause => ({
  scope: 'board',
  name: '',
  reason: null,
  by: 'ada',
  created_at: asMillis(1000),
  until: null,
  ...own,
});

describe('a pause covers', () => {
  const [board, profile, tenant] = [
    pause(),
    pause({ scope: 'profile', name: 'coder' }),
    pause({ scope: 'tenant', name: 'acme' }),
  ];
  it('every task of its board, the tasks of its profile, those of its tenant; the widest is told first', () => {
    const task = { tenant: 'acme' };
    expect(pauseOn([tenant, profile, board], task, coder, now)).toBe(board);
    expect(pauseOn([tenant, profile], task, coder, now)).toBe(profile);
    expect(pauseOn([tenant], task, null, now)).toBe(tenant);
    expect(pauseOn([tenant, profile], { tenant: null }, null, now)).toBeUndefined();
    expect(pauseOn([tenant, profile], { tenant: 'coder' }, asProfileName('acme'), now)).toBeUndefined();
  });
  it('nothing from the moment of its end', () => {
    expect(pauseOn([pause({ until: asMillis(5001) })], { tenant: null }, coder, now)).toBeDefined();
    expect(pauseOn([pause({ until: now })], { tenant: null }, coder, now)).toBeUndefined();
  });
  it('what its name says', () => {
    expect([board, profile, tenant].map(pausedThing)).toEqual([
      'this board',
      'the profile coder',
      'the tenant acme',
    ]);
  });
});
