import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { flowTasksQuery, runsQuery } from '../state/queries.ts';
import { t } from '../strings.ts';
import { Empty, short } from '../ui/parts.tsx';
import { type Flow, flowOf, quantile } from './figures.ts';
import { Panel } from './panel.tsx';
import { Plot } from './plot.tsx';

const length = 30;

/** How work flows: what piles up, how long a task takes, how many are done, how often an attempt succeeds. */
export default function FlowPage({ board }: { readonly board: string }) {
  const tasks = useQuery(flowTasksQuery(board));
  const runs = useQuery(runsQuery(board));
  const flow = useMemo(() => {
    if (tasks.data === undefined || runs.data === undefined) return undefined;
    const offset = new Date().getTimezoneOffset() * 60;
    return flowOf(tasks.data.tasks, runs.data.runs, { now: Date.now() / 1000, length, offset });
  }, [tasks.data, runs.data]);
  if (flow === undefined) return <Empty>{tasks.error?.message ?? runs.error?.message ?? t.loading}</Empty>;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto grid max-w-6xl grid-cols-2 gap-4 p-4 max-md:grid-cols-1">
        <Figures flow={flow} />
        <Panel title={t.cumulative} wide>
          <Plot
            days={flow.days}
            lines={[
              { label: t.created, values: flow.created, color: '--soft' },
              { label: t.started, values: flow.started, color: '--warn' },
              { label: t.doneLabel, values: flow.done, color: '--good' },
            ]}
          />
        </Panel>
        <Panel title={t.throughput} wide>
          <Plot
            days={flow.days}
            lines={[{ label: t.doneLabel, values: flow.throughput, color: '--accent' }]}
            bars
          />
        </Panel>
        {tasks.data?.more && <p className="text-soft">{t.cutFlow}</p>}
      </div>
    </div>
  );
}

function Figures({ flow }: { readonly flow: Flow }) {
  const lately = flow.throughput.slice(-7).reduce((sum, count) => sum + count, 0);
  const half = quantile(flow.cycles, 0.5);
  const most = quantile(flow.cycles, 0.85);
  const figures = [
    [t.cycleTime, half === null ? '–' : short(half)],
    [t.cycleTime85, most === null ? '–' : short(most)],
    [t.doneLately, String(lately)],
    [t.successRate, flow.successRate === null ? '–' : `${Math.round(flow.successRate * 100)} %`],
  ] as const;
  return (
    <dl className="col-span-full grid grid-cols-4 gap-4 max-md:grid-cols-2">
      {figures.map(([label, value]) => (
        <div key={label} className="rounded-xl border border-line bg-panel p-4 shadow-card">
          <dt className="text-soft">{label}</dt>
          <dd className="mt-1 text-xl font-semibold tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
