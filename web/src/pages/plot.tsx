import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { prefs } from '../state/prefs.ts';
import { useStore } from '../state/store.ts';
import { t } from '../strings.ts';

interface Line {
  readonly label: string;
  readonly values: readonly number[];
  /** The name of a colour of the page. */
  readonly color: string;
}

const height = 220;

/** Lines or bars over days; the same as a table for those who do not see it. */
export function Plot({
  days,
  lines,
  bars = false,
}: {
  readonly days: readonly number[];
  readonly lines: readonly Line[];
  readonly bars?: boolean;
}) {
  const place = useRef<HTMLDivElement>(null);
  const { theme } = useStore(prefs);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const plot = new uPlot(
      optionsOf(element, days, lines, bars),
      [[...days.keys()], ...lines.map(({ values }) => [...values])],
      element,
    );
    const watcher = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [days, lines, bars, theme]);
  return (
    <>
      <div ref={place} aria-hidden="true" data-plot={lines.length} />
      <table className="sr-only">
        <tbody>
          {lines.map(({ label, values }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {values.map((value, index) => (
                <td key={days[index]}>{value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const dayFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

function optionsOf(
  element: HTMLElement,
  days: readonly number[],
  lines: readonly Line[],
  bars: boolean,
): uPlot.Options {
  // A day is known by the second at which it ends, which is the next one's already.
  const dayOf = (index: number): string => {
    const end = days[Math.round(index)];
    return end === undefined ? '' : dayFormat.format((end - 1) * 1000);
  };
  const last = days.length - 1;
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(name);
  const axis = {
    stroke: color('--soft'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  const columns = uPlot.paths.bars?.({ size: [0.6, 40] });
  return {
    width: element.clientWidth,
    height,
    cursor: { y: false },
    legend: { show: lines.length > 1 },
    scales: {
      x: { time: false, range: () => (bars ? [-0.5, last + 0.5] : [0, last]) },
      y: { range: (_, __, most) => [0, Math.max(1, most)] },
    },
    axes: [
      { ...axis, incrs: [1, 2, 7, 14], space: 60, values: (_, marks) => marks.map(dayOf) },
      { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000] },
    ],
    series: [
      // Where nobody points, the last day is told.
      { label: t.day, value: (_, index: number | null) => dayOf(index ?? last) },
      ...lines.map((line) => ({
        label: line.label,
        value: (_: uPlot, value: number | null) => String(value ?? line.values.at(-1) ?? ''),
        stroke: color(line.color),
        fill: `color-mix(in srgb, ${color(line.color)} 14%, transparent)`,
        width: 1.5,
        points: { show: false },
        ...(bars && columns !== undefined && { paths: columns }),
      })),
    ],
  };
}
