import { describe, expect, it } from 'vitest';
import { asMillis } from './ids.ts';
import { judgeLauncher, type LauncherFacts, parseExit, parseIdentity } from './liveness.ts';

const identity = { pid: 7, start: '42', boot: 'b' };
const nothing: LauncherFacts = {
  now: asMillis(100_000),
  claimed_at: asMillis(90_000),
  identity: undefined,
  alive: false,
  exit: undefined,
  ended: false,
  grace: asMillis(30_000),
};

describe('a launcher is', () => {
  it('starting while nothing is known and the grace runs', () => {
    expect(judgeLauncher(nothing)).toBe('starting');
  });
  it('lost when nothing is known at the end of the grace', () => {
    expect(judgeLauncher({ ...nothing, now: asMillis(119_999) })).toBe('starting');
    expect(judgeLauncher({ ...nothing, now: asMillis(120_000) })).toBe('lost');
  });
  it('lost at once when its parent saw it end without a word', () => {
    expect(judgeLauncher({ ...nothing, ended: true })).toBe('lost');
  });
  it('alive as long as exactly that process is, whatever the time', () => {
    expect(judgeLauncher({ ...nothing, identity, alive: true, now: asMillis(9_000_000) })).toBe('alive');
  });
  it('lost at once when that process is dead and left no exit', () => {
    expect(judgeLauncher({ ...nothing, identity })).toBe('lost');
  });
  it('exited once its exit is written, even while it still rings the bell', () => {
    const exit = { code: 0, signal: null };
    expect(judgeLauncher({ ...nothing, identity, alive: true, exit })).toBe('exited');
    expect(judgeLauncher({ ...nothing, exit })).toBe('exited');
  });
});

describe('the files of a run folder', () => {
  it('tell an identity only as one whole line', () => {
    expect(parseIdentity('7 42 b\n')).toEqual(identity);
    for (const text of [undefined, '', '7 42 b', '7 42\n', '0 42 b\n', '7 42 b c\n']) {
      expect(parseIdentity(text)).toBeUndefined();
    }
  });
  it('tell a code or a signal', () => {
    expect(parseExit('code 75\n')).toEqual({ code: 75, signal: null });
    expect(parseExit('signal 9\n')).toEqual({ code: null, signal: 9 });
    expect(parseExit('code 0 told 15\n')).toEqual({ code: 0, signal: null, told: 15 });
    for (const text of [undefined, '', 'code 7', 'code\n', 'died 1\n'])
      expect(parseExit(text)).toBeUndefined();
  });
});
