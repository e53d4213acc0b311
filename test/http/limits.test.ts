import { describe, expect, it } from 'vitest';
import { depthOf } from '../../src/surfaces/http/body.ts';
import { hostsOf } from '../../src/surfaces/http/guards.ts';
import { createPlaces, createRate } from '../../src/surfaces/http/limits.ts';
import { parseCursors } from '../../src/surfaces/http/live/reader.ts';
import { isSecret, newCredential, parseCredential } from '../../src/surfaces/http/secret.ts';
import { safeName } from '../../src/surfaces/stored-files.ts';

describe('a rate', () => {
  it('gives so many at once and so many each second, to each for itself', () => {
    let now = 0;
    const rate = createRate(() => now, 2, 3);
    expect([1, 2, 3, 4].map(() => rate.take('a'))).toEqual([undefined, undefined, undefined, 1]);
    expect(rate.take('b')).toBeUndefined();
    expect(rate.wait('a')).toBe(1);
    now = 500;
    expect([rate.wait('a'), rate.take('a'), rate.take('a')]).toEqual([undefined, undefined, 1]);
    now = 1_000_000;
    expect([1, 2, 3, 4].map(() => rate.take('a'))).toEqual([undefined, undefined, undefined, 1]);
  });

  it('of nothing is no limit, and names without end take no memory without end', () => {
    const open = createRate(() => 0, 0, 0);
    expect(open.take('a')).toBeUndefined();
    const rate = createRate(() => 0, 1, 1);
    expect(rate.take('first')).toBeUndefined();
    for (let count = 0; count < 10_001; count += 1) rate.take(`${count}`);
    // Forgotten, as the one that was seen longest ago.
    expect(rate.take('first')).toBeUndefined();
    expect(rate.take('10000')).toBe(1);
  });
});

it('places are so many of all and of each, and are given back once', () => {
  const places = createPlaces(3, 2);
  const [one, two] = [places.take('a'), places.take('a')];
  expect(places.take('a')).toBeUndefined();
  const three = places.take('b');
  expect([places.take('c'), places.taken]).toEqual([undefined, 3]);
  one?.();
  one?.();
  expect(places.taken).toBe(2);
  expect(places.take('a')).toBeDefined();
  expect(places.take('a')).toBeUndefined();
  two?.();
  three?.();
});

it('the depth of JSON is told before it is built, and brackets in texts do not count', () => {
  expect(depthOf('{"a":[{}]}')).toBe(3);
  expect(depthOf('"[[[["')).toBe(0);
  expect(depthOf('["\\"[[", "\\\\", []]')).toBe(2);
});

it('a name is what is left without folders, hidden dots and signs that nobody sees', () => {
  expect(safeName('C:\\a\\b.txt')).toBe('b.txt');
  expect(safeName('  ..hidden. txt ')).toBe('hidden. txt');
  expect(safeName('')).toBe('file');
  expect(safeName('/')).toBe('file');
  expect(Buffer.byteLength(safeName(`${'😀'.repeat(100)}.tar.gz`))).toBeLessThanOrEqual(200);
  expect(safeName(`${'a'.repeat(300)}.${'b'.repeat(300)}`)).toHaveLength(200);
});

it('a credential is read only as it is written, and its secret is compared by its hash', () => {
  const { id, hash, text } = newCredential('k');
  const given = parseCredential(text);
  expect(given?.id).toBe(id);
  expect(isSecret(given?.secret ?? '', hash)).toBe(true);
  expect(isSecret('0'.repeat(64), hash)).toBe(false);
  expect(isSecret(given?.secret ?? '', hash.slice(1))).toBe(false);
  for (const wrong of ['', text.toUpperCase(), `${text} `, text.replace('andon_', ''), text.slice(0, -1)]) {
    expect(parseCredential(wrong)).toBeUndefined();
  }
});

it('cursors name a place on each board; what is malformed is passed over', () => {
  expect(parseCursors('default:12, ops:5')).toEqual(
    new Map([
      ['default', 12],
      ['ops', 5],
    ]),
  );
  for (const odd of [
    null,
    '',
    'default',
    'default:',
    ':5',
    'default:-1',
    'a.b:5',
    `default:${'9'.repeat(20)}`,
  ]) {
    expect(parseCursors(odd).size).toBe(0);
  }
});

it('the names of a server are its own, those of its proxy, and those that somebody allowed', () => {
  const settings = { host: '127.0.0.1', public_url: undefined, allowed_hosts: [] };
  expect([...hostsOf(settings, 80).hosts]).toEqual(expect.arrayContaining(['localhost', 'localhost:80']));
  expect(hostsOf(settings, 4733).hosts.has('localhost')).toBe(false);
  const open = hostsOf(
    { host: '10.0.0.5', public_url: 'https://b.example:8443', allowed_hosts: ['A.lan:99'] },
    4733,
  );
  expect([...open.hosts].toSorted()).toEqual([
    '10.0.0.5:4733',
    '127.0.0.1:4733',
    'a.lan:99',
    'b.example:8443',
    'localhost:4733',
  ]);
  expect(open.origins.has('https://b.example:8443')).toBe(true);
  expect(open.origins.has('http://b.example:8443')).toBe(false);
  expect(open.origins.has('null')).toBe(false);
});
