import { expect, it } from 'vitest';
import { sqliteVerdict } from '../../src/store/sqlite/version.ts';

it.each(['3.51.3', '3.51.4', '3.50.7', '3.50.12', '3.44.6', '3.53.0', '3.53.4', '3.60.1'])(
  'SQLite %s may hold a board',
  (version) => {
    expect(sqliteVerdict(version)).toEqual({ ok: true });
  },
);

it.each(['3.51.2', '3.51.0', '3.50.6', '3.49.1', '3.44.5', '3.45.9', '3.7.0', '3.52.0', '2.60.1'])(
  'SQLite %s may not, and the sentence says which may',
  (version) => {
    expect(sqliteVerdict(version)).toEqual({
      ok: false,
      sentence: expect.stringMatching(new RegExp(`${version.replaceAll('.', '\\.')}.*3\\.51\\.3`)),
    });
  },
);

it.each([undefined, '', 'three', '3.53'])('a version that reads %j is refused', (version) => {
  expect(sqliteVerdict(version).ok).toBe(false);
});

it('the SQLite that runs these tests passes', () => {
  expect(sqliteVerdict(process.versions['sqlite'])).toEqual({ ok: true });
});
