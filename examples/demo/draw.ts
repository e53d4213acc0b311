import { type Board, type Card, type Column, columns, count, type Moment } from './board.ts';

/** Pictures of the board as lines of text: pure functions of its state, the time and the space there is. */

export interface Space {
  readonly width: number;
  readonly height: number;
  readonly colour: boolean;
}

const styles = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;
type Style = keyof typeof styles;

const columnStyle = {
  todo: 'dim',
  ready: 'cyan',
  running: 'yellow',
  blocked: 'magenta',
  done: 'green',
} as const satisfies Record<Column, Style>;

const columnMark = {
  todo: '◻',
  ready: '▶',
  running: '●',
  blocked: '⊘',
  done: '✓',
} as const satisfies Record<Column, string>;

type Paint = (style: Style, text: string) => string;

const painter =
  (colour: boolean): Paint =>
  (style, text) =>
    colour && text.trim() !== '' ? `\u001b[${styles[style]}m${text}\u001b[0m` : text;

const gap = 2;
const storyLines = 5;
/** Title, bar and the blank line below them; heads and rule of the columns; the rule above the story. */
const fixedLines = 6;

/** The whole board, at most `space.height` lines of `space.width` cells. */
export function frame(board: Board, title: string, now: number, space: Space): string[] {
  const paint = painter(space.colour);
  const cell = Math.floor((space.width - gap * (columns.length - 1)) / columns.length);
  const rows = Math.max(2, space.height - fixedLines - storyLines);
  const drawn = columns.map((column) => drawColumn(board, column, now, cell, rows, paint));
  const time = seconds(now).padStart(8);
  const rule = paint('dim', '─'.repeat(space.width));
  const head = (column: Column): string =>
    paint(columnStyle[column], pad(`${column.toUpperCase()} ${count(board, column)}`, cell));
  return [
    paint('bold', pad(title, space.width - time.length)) + time,
    bar(board, space.width, paint),
    '',
    columns.map(head).join(' '.repeat(gap)),
    columns.map((column) => paint(columnStyle[column], '━'.repeat(cell))).join(' '.repeat(gap)),
    ...Array.from({ length: rows }, (_, row) =>
      drawn.map((lines) => lines[row] ?? ' '.repeat(cell)).join(' '.repeat(gap)),
    ),
    rule,
    ...Array.from({ length: storyLines }, (_, row) => {
      const moment = board.story.slice(-storyLines)[row];
      return moment === undefined ? '' : storyLine(moment, space);
    }),
  ];
}

/** One moment of the story on one line. */
export function storyLine(moment: Moment, { width, colour }: Pick<Space, 'width' | 'colour'>): string {
  const paint = painter(colour);
  const time = seconds(moment.at).padStart(8);
  const mark = `${columnMark[moment.column]} ${moment.column.padEnd(7)}`;
  const text = clip(moment.text, width - time.length - mark.length - 4);
  return `${paint('dim', time)}  ${paint(columnStyle[moment.column], mark)}  ${text}`;
}

/** A duration in milliseconds for people. */
export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

function bar(board: Board, width: number, paint: Paint): string {
  const [done, all] = [count(board, 'done'), board.cards.size];
  const words = ` ${done} of ${all} done`;
  const length = width - words.length;
  const full = all === 0 ? 0 : Math.floor((length * done) / all);
  return paint('green', '━'.repeat(full)) + paint('dim', '─'.repeat(length - full)) + words;
}

/** A column's cards, newest first where it is done; what does not fit is counted. */
function drawColumn(
  board: Board,
  column: Column,
  now: number,
  cell: number,
  rows: number,
  paint: Paint,
): string[] {
  const cards = [...board.cards.values()].filter((card) => card.column === column);
  if (column === 'done') cards.sort((a, b) => b.since - a.since);
  const drawn = cards.map((card) => drawCard(card, now, cell, paint));
  if (drawn.flat().length <= rows) return drawn.flat();
  const lines: string[] = [];
  for (const [index, card] of drawn.entries()) {
    if (lines.length + card.length > rows - 1) {
      return [...lines, paint('dim', pad(`+ ${cards.length - index} more`, cell))];
    }
    lines.push(...card);
  }
  return lines;
}

function drawCard(card: Card, now: number, cell: number, paint: Paint): string[] {
  const title = paint(
    card.column === 'todo' ? 'dim' : columnStyle[card.column],
    `${columnMark[card.column]} `,
  );
  const first = title + pad(card.title, cell - 2);
  const second = aside(card, now);
  return second === '' ? [first] : [first, paint('dim', pad(`  ${second}`, cell))];
}

/** What stands below a card's title. */
function aside(card: Card, now: number): string {
  switch (card.column) {
    case 'running':
      return (card.attempts > 1 ? `run ${card.attempts} · ` : '') + seconds(now - card.since);
    case 'blocked':
    case 'ready':
      return card.note ?? '';
    default:
      return '';
  }
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** What takes two cells: East Asian scripts and pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

const cells = (grapheme: string): number => (wide.test(grapheme) ? 2 : 1);

/** `text` in at most `width` cells, with an ellipsis where something was left out. */
export function clip(text: string, width: number): string {
  const parts = [...graphemes.segment(text)].map(({ segment }) => segment);
  if (parts.reduce((sum, part) => sum + cells(part), 0) <= width) return text;
  let kept = '';
  let used = 0;
  for (const part of parts) {
    if (used + cells(part) > width - 1) break;
    kept += part;
    used += cells(part);
  }
  return width < 1 ? '' : `${kept}…`;
}

/** `text` in exactly `width` cells. */
function pad(text: string, width: number): string {
  const clipped = clip(text, width);
  const used = [...graphemes.segment(clipped)].reduce((sum, { segment }) => sum + cells(segment), 0);
  return clipped + ' '.repeat(Math.max(0, width - used));
}
