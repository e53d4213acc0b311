import { readFileSync, writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

/**
 * Draws an animated SVG of the demo from pictures that it recorded of itself:
 *   ANDON_DEMO_FRAMES=frames.json npm run demo
 *   node scripts/frames-to-svg.ts frames.json docs/demo.svg
 * All pictures lie below one another; a strip that jumps from one to the next shows them in their own time. Lines that
 * come again are drawn once and referred to, which keeps the file small.
 */

const frame = z.object({ at: z.number(), lines: z.array(z.string()) });
type Frame = z.infer<typeof frame>;

/** How many pictures are kept, and how long the last one stands before the film begins again. */
const most = 26;
const restMs = 6000;
/** The whole demo is over in two or three seconds; slower, a person can follow it. */
const slowdown = 4;

const size = { cell: 8.4, line: 19, font: 14, margin: 16 } as const;
const colours = {
  ground: '#12161c',
  text: '#d5dbe3',
  dim: '#6b7686',
  '31': '#ff7b72',
  '32': '#56d364',
  '33': '#e3b341',
  '34': '#79c0ff',
  '35': '#e08ff7',
  '36': '#5ccfe6',
} as const;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The class of a style's number: `c33`, `b` for bold, `d` for dim. */
const classOf = (code: string): string => (code === '1' ? 'b' : code === '2' ? 'd' : `c${code}`);

/** One line of a terminal as text elements, each begun at its own cell so that no font can shift the columns. */
function drawLine(line: string): string {
  let column = 0;
  const drawn = line.split('\u001b[').map((part, index) => {
    const [code, text] =
      index === 0 ? ['0', part] : [part.slice(0, part.indexOf('m')), part.slice(part.indexOf('m') + 1)];
    const style = code === '0' ? '' : ` class="${classOf(code)}"`;
    const words = [...text.matchAll(/\S+(?: \S+)*/gu)].map((match) => {
      const x = (column + [...text.slice(0, match.index)].length) * size.cell;
      return `<tspan x="${Number(x.toFixed(1))}"${style}>${escaped(match[0])}</tspan>`;
    });
    column += [...text].length;
    return words.join('');
  });
  return drawn.join('');
}

/** Pictures spread over the whole time: of those that look alike the first, and of the rest every n-th with the last. */
function chosen(frames: readonly Frame[]): Frame[] {
  const columnsOnly = ({ lines }: Frame): string =>
    lines
      .slice(1)
      .join('\n')
      .replaceAll(/\d+\.\d s/g, '');
  const changes = frames.filter((one, index) => {
    const before = frames[index - 1];
    return before === undefined || columnsOnly(before) !== columnsOnly(one);
  });
  const step = Math.max(1, changes.length / most);
  const picked = changes.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
  const last = frames.at(-1);
  return last === undefined || picked.at(-1) === last ? picked : [...picked, last];
}

/** The picture in which most is going on stands still where nothing may move. */
function busiest(frames: readonly Frame[]): number {
  const active = frames.map(({ lines }) =>
    [...lines.join('').matchAll(/(?:RUNNING|BLOCKED) (\d+)/g)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    ),
  );
  return active.lastIndexOf(Math.max(...active));
}

function draw(frames: readonly Frame[]): string {
  const rows = Math.max(...frames.map(({ lines }) => lines.length));
  const cells = Math.max(
    ...frames.flatMap(({ lines }) => lines.map((line) => stripVTControlCharacters(line).length)),
  );
  const [width, height] = [cells * size.cell, rows * size.line];
  const [outerWidth, outerHeight] = [width + 2 * size.margin, height + 2 * size.margin];

  const known = new Map<string, string>();
  const pictures = frames.map(({ lines }, picture) => {
    const drawn = lines.map((line, row) => {
      const content = drawLine(line);
      if (content === '') return '';
      const id = known.get(content) ?? `l${known.size}`;
      known.set(content, id);
      return `<use href="#${id}" y="${picture * height + (row + 1) * size.line - 5}"/>`;
    });
    return drawn.join('');
  });
  const definitions = [...known].map(([content, id]) => `<text id="${id}">${content}</text>`);

  const first = frames[0]?.at ?? 0;
  const played = (at: number): number => (at - first) * slowdown;
  const length = played(frames.at(-1)?.at ?? 0) + restMs;
  const stops = frames.map(
    ({ at }, index) =>
      `${((100 * played(at)) / length).toFixed(2)}%{transform:translateY(${-index * height}px)}`,
  );
  const still = -busiest(frames) * height;
  const classes = Object.entries(colours)
    .filter(([name]) => /^\d+$/.test(name))
    .map(([code, colour]) => `.c${code}{fill:${colour}}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${outerWidth} ${outerHeight}" width="${outerWidth}" height="${outerHeight}" role="img">
<title>The demo: a board in the terminal, its cards moving from todo to done</title>
<style>
text{font:${size.font}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:${colours.text};white-space:pre}
.b{font-weight:bold}.d{fill:${colours.dim}}${classes.join('')}
#film{transform:translateY(${still}px)}
@media(prefers-reduced-motion:no-preference){#film{animation:film ${Math.round(length)}ms step-end infinite}}
@keyframes film{${stops.join('')}}
</style>
<defs>
${definitions.join('\n')}
<clipPath id="window"><rect width="${width}" height="${height}"/></clipPath>
</defs>
<rect width="${outerWidth}" height="${outerHeight}" rx="8" fill="${colours.ground}"/>
<g transform="translate(${size.margin} ${size.margin})"><g clip-path="url(#window)"><g id="film">
${pictures.join('\n')}
</g></g></g>
</svg>
`;
}

const [source, target] = process.argv.slice(2);
if (source === undefined || target === undefined) {
  process.stderr.write(
    'Say where the frames are and where the picture goes: frames-to-svg.ts FRAMES.json PICTURE.svg\n',
  );
  process.exitCode = 2;
} else {
  const frames = z
    .array(frame)
    .min(1)
    .parse(JSON.parse(readFileSync(source, 'utf8')));
  writeFileSync(target, draw(chosen(frames)));
}
