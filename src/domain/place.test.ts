import { describe, expect, it } from 'vitest';
import { parsePlace, placeText, samePlace } from './place.ts';

describe('a place', () => {
  it.each([
    ['telegram:-100123', { platform: 'telegram', chat_id: '-100123', thread_id: '' }],
    ['telegram:-100123#7', { platform: 'telegram', chat_id: '-100123', thread_id: '7' }],
    ['slack:C01#1712.34', { platform: 'slack', chat_id: 'C01', thread_id: '1712.34' }],
    ['email:ana@example.org', { platform: 'email', chat_id: 'ana@example.org', thread_id: '' }],
    ['ntfy:a:b', { platform: 'ntfy', chat_id: 'a:b', thread_id: '' }],
    ['slack:#general', { platform: 'slack', chat_id: '#general', thread_id: '' }],
  ])('%s is read and written', (text, place) => {
    expect(parsePlace(text)).toEqual(place);
    expect(placeText(place)).toBe(text);
  });

  it.each(['', 'telegram', 'telegram:', ':7', 'Tele gram:7'])('%o is none', (text) => {
    expect(parsePlace(text)).toBeUndefined();
  });

  it('is the same when all three are', () => {
    const place = { platform: 'slack', chat_id: 'C1', thread_id: '' };
    expect(samePlace(place, { ...place })).toBe(true);
    expect(samePlace(place, { ...place, thread_id: '1' })).toBe(false);
  });
});
