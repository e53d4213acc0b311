import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { type Board, emptyBoard, type FeedEvent, fold } from '../../examples/demo/board.ts';
import { clip, frame, type Space, storyLine } from '../../examples/demo/draw.ts';

const space: Space = { width: 90, height: 20, colour: false };

/** A board with one card for each title, each brought as far as its kinds say. */
function board(cards: Readonly<Record<string, readonly (readonly [string, FeedEvent['payload']])[]>>): Board {
  let state = emptyBoard;
  for (const [title, events] of Object.entries(cards)) {
    for (const [kind, payload] of events) {
      const event = { id: 1, task_id: `t_${title}`, title, assignee: 'census', kind, payload };
      state = fold(state, event, 1000);
    }
  }
  return state;
}

const created = ['created', { status: 'ready' }] as const;
const claimed = ['claimed', null] as const;
const completed = ['completed', null] as const;

const busy = board({
  'Write the report': [['created', { status: 'todo' }]],
  'Count docs/': [created],
  'Count src/': [created, claimed, ['crashed', { exit_code: 1 }], claimed],
  'Choose a heading': [created, claimed, ['blocked', { reason: 'Which heading shall it be?' }]],
  'Plan the census': [created, claimed, completed],
});

test('shows every column with its cards, what runs and for how long, and how much is done', () => {
  expect(
    frame(busy, 'Andon · a census of andon', 3400, { ...space, width: 100 })
      .map((line) => line.trimEnd())
      .join('\n'),
  ).toMatchInlineSnapshot(`
    "Andon · a census of andon                                                                      3.4 s
    ━━━━━━━━━━━━━━━━━─────────────────────────────────────────────────────────────────────── 1 of 5 done

    TODO 1              READY 1             RUNNING 1           BLOCKED 1           DONE 1
    ━━━━━━━━━━━━━━━━━━  ━━━━━━━━━━━━━━━━━━  ━━━━━━━━━━━━━━━━━━  ━━━━━━━━━━━━━━━━━━  ━━━━━━━━━━━━━━━━━━
    ◻ Write the report  ▶ Count docs/       ● Count src/        ⊘ Choose a heading  ✓ Plan the census
                                              run 2 · 2.4 s       Which heading s…







    ────────────────────────────────────────────────────────────────────────────────────────────────────
       1.0 s  ● running  Choose a heading
       1.0 s  ⊘ blocked  Choose a heading · Which heading shall it be?
       1.0 s  ▶ ready    Plan the census · for census
       1.0 s  ● running  Plan the census
       1.0 s  ✓ done     Plan the census"
  `);
});

test.each([80, 100, 120])('no line is wider than %i cells, with colour or without', (width) => {
  const long = board({
    [`Count ${'漢字'.repeat(60)}`]: [created, claimed],
    ['x'.repeat(300)]: [created],
  });
  for (const colour of [true, false]) {
    const lines = frame(long, 'A title '.repeat(40), 9_999_999, { width, height: 20, colour });
    for (const line of lines) expect(cells(stripVTControlCharacters(line))).toBeLessThanOrEqual(width);
  }
});

const cells = (text: string) =>
  [...text].reduce((sum, sign) => sum + (/\p{Script=Han}/u.test(sign) ? 2 : 1), 0);

test('a frame is as high as the space, however many cards there are', () => {
  const many = board(
    Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`Folder ${index}`, [created]])),
  );
  const lines = frame(many, 'Many', 0, space);
  expect(lines).toHaveLength(space.height);
  expect(lines.join('\n')).toContain('+ 52 more');
  expect(frame(emptyBoard, 'None', 0, space)).toHaveLength(space.height);
});

test('colour changes nothing but the colour', () => {
  const coloured = frame(busy, 'Andon', 3400, { ...space, colour: true });
  const plain = frame(busy, 'Andon', 3400, space);
  expect(coloured.map((line) => stripVTControlCharacters(line))).toEqual(plain);
  expect(coloured.join('')).toContain('\u001b[33m');
  expect(plain.join('')).not.toContain('\u001b');
});

test('tells a moment on one line', () => {
  const moment = { at: 1250, column: 'running', text: 'Count src/' } as const;
  expect(storyLine(moment, { width: 80, colour: false })).toBe('   1.3 s  ● running  Count src/');
});

test('clips by what a terminal shows, not by code units', () => {
  expect(clip('abcdef', 6)).toBe('abcdef');
  expect(clip('abcdef', 4)).toBe('abc…');
  expect(clip('漢字漢字', 5)).toBe('漢字…');
  expect(clip('👩‍👩‍👧‍👦 family', 5)).toBe('👩‍👩‍👧‍👦 f…');
});
