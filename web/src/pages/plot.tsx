import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { prefs } from '../state/prefs.ts';
import { useStore } from '../state/store.ts';

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
      optionsOf(element, lines, bars),
      [[...days], ...lines.map(({ values }) => [...values])],
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

function optionsOf(element: HTMLElement, lines: readonly Line[], bars: boolean): uPlot.Options {
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
    scales: { y: { range: (_, __, most) => [0, Math.max(1, most)] } },
    axes: [axis, { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000] }],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: color(line.color),
        fill: `color-mix(in srgb, ${color(line.color)} 14%, transparent)`,
        width: 1.5,
        points: { show: false },
        ...(bars && columns !== undefined && { paths: columns }),
      })),
    ],
  };
}
