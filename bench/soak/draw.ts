import type { Sample } from './sample.ts';

interface Line {
  readonly name: string;
  readonly of: (sample: Sample) => number | null;
  /** The first is drawn strong, the second faint. */
  readonly faint?: true;
}

interface Plot {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
}

const plots: readonly Plot[] = [
  {
    title: 'Memory of the gateway',
    unit: 'MB',
    lines: [
      { name: 'resident', of: ({ rss }) => rss },
      { name: 'heap', of: ({ heap }) => heap, faint: true },
    ],
  },
  {
    title: 'Memory of the page’s scripts',
    unit: 'MB',
    lines: [{ name: 'after a collection', of: ({ page }) => page }],
  },
  { title: 'Open files of the gateway', unit: '', lines: [{ name: 'files', of: ({ files }) => files }] },
  {
    title: 'WAL and database',
    unit: 'MB',
    lines: [
      { name: 'WAL', of: ({ wal }) => wal },
      { name: 'database', of: ({ database }) => database, faint: true },
    ],
  },
  {
    title: 'Loop delay of the gateway',
    unit: 'ms',
    lines: [
      { name: '99 %', of: ({ loopP99 }) => loopP99 },
      { name: 'longest', of: ({ loopMax }) => loopMax, faint: true },
    ],
  },
  {
    title: 'CPU of the gateway',
    unit: '% of a core',
    lines: [{ name: 'used', of: ({ cpu }) => cpu }],
  },
  {
    title: 'Create to worker’s first line',
    unit: 'ms',
    lines: [
      { name: 'median', of: ({ start }) => start },
      { name: 'longest', of: ({ startWorst }) => startWorst, faint: true },
    ],
  },
  {
    title: 'Create to card in the page',
    unit: 'ms',
    lines: [
      { name: 'median', of: ({ card }) => card },
      { name: 'longest', of: ({ cardWorst }) => cardWorst, faint: true },
    ],
  },
];

const style = `
text{font:12px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;fill:#57606a}
.title{font-size:14px;font-weight:600;fill:#1f2328}.ground{fill:#fff}.grid{stroke:#d8dee4;fill:none}
.strong{stroke:#0969da;stroke-width:1.6;fill:none}.faint{stroke:#bf8700;stroke-width:1.1;fill:none}
text.strong{fill:#0969da;stroke:none}text.faint{fill:#9a6700;stroke:none}
@media(prefers-color-scheme:dark){text{fill:#9198a1}.title{fill:#f0f6fc}.ground{fill:#0d1117}.grid{stroke:#3d444d}
.strong{stroke:#58a6ff}.faint{stroke:#d29922}text.strong{fill:#58a6ff}text.faint{fill:#d29922}}`;

const [columns, width, height, gap] = [2, 380, 120, { x: 70, top: 44, bottom: 34 }] as const;
const cell = { width: width + gap.x + 20, height: height + gap.top + gap.bottom };

/** A number from 1, 2 or 5 times a power of ten: `parts` of them reach to `most`. */
function stepFor(most: number, parts: number): number {
  const rough = Math.max(most, 1e-6) / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  return (([1, 2, 5, 10] as const).find((times) => times * power >= rough) ?? 10) * power;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const short = (value: number): string => String(Number(value.toPrecision(6)));

/** A soak over time as small plots in one picture, all from 0 and over the same minutes; light or dark as the reader has it. */
export function draw(samples: readonly Sample[], title: string): string {
  const rows = Math.ceil(plots.length / columns);
  const size = { width: cell.width * columns, height: cell.height * rows };
  const drawn = plots.map((plot, index) => {
    const at = {
      x: (index % columns) * cell.width + gap.x,
      y: Math.floor(index / columns) * cell.height + gap.top,
    };
    return `<g transform="translate(${at.x} ${at.y})">${drawPlot(plot, samples)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img">
<title>${escaped(title)}</title>
<style>${style}
</style>
<rect class="ground" width="${size.width}" height="${size.height}"/>
${drawn.join('\n')}
</svg>
`;
}

function drawPlot({ title, unit, lines }: Plot, samples: readonly Sample[]): string {
  const minutes = Math.max(1 / 60, (samples.at(-1)?.at ?? 0) / 60);
  const values = lines.flatMap(({ of }) => samples.flatMap((sample) => of(sample) ?? []));
  const step = stepFor(Math.max(...values, 0), 3);
  const top = Math.max(step, Math.ceil(Math.max(...values, 0) / step) * step);
  const x = (at: number): string => ((at / 60 / minutes) * width).toFixed(1);
  const y = (value: number): string => (height - (value / top) * height).toFixed(1);

  const marks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step).map(
    (mark) =>
      `<path class="grid" d="M0 ${y(mark)}H${width}"/><text x="-8" y="${(Number(y(mark)) + 4).toFixed(1)}" text-anchor="end">${short(mark)}</text>`,
  );
  const every = stepFor(minutes, 6);
  const clock = Array.from(
    { length: Math.floor(minutes / every + 1e-9) + 1 },
    (_, index) => index * every,
  ).map(
    (minute) =>
      `<text x="${x(minute * 60)}" y="${height + 18}" text-anchor="middle">${short(minute)}${minute === 0 ? ' min' : ''}</text>`,
  );
  const paths = lines.toReversed().map(({ of, faint }) => {
    const points = samples.flatMap((sample) => {
      const value = of(sample);
      return value === null ? [] : [`${x(sample.at)} ${y(value)}`];
    });
    return points.length === 0
      ? ''
      : `<path class="${faint ? 'faint' : 'strong'}" d="M${points.join('L')}"/>`;
  });
  const legend = lines.toReversed().reduce<{ readonly texts: readonly string[]; readonly right: number }>(
    ({ texts, right }, { name, faint }) => ({
      texts: [
        ...texts,
        `<text class="${faint ? 'faint' : 'strong'}" x="${right}" y="-12" text-anchor="end">${escaped(name)}</text>`,
      ],
      right: right - name.length * 7 - 14,
    }),
    { texts: [], right: width },
  ).texts;
  const head = `<text class="title" x="0" y="-12">${escaped(title)}<tspan font-weight="400" font-size="12">${unit === '' ? '' : ` (${escaped(unit)})`}</tspan></text>`;
  return [head, ...legend, ...marks, ...clock, ...paths].join('');
}
